import { generateKeyPair, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { flawed } from './flaws.js';

const generate = promisify(generateKeyPair);

export const { publicKey, privateKey } = await generate('rsa', { modulusLength: 2048 });
export const publicPem = publicKey.export({ type: 'spki', format: 'pem' });
export const kid = randomUUID();

function shown(key, id) {
  const { kty, n, e } = key.export({ format: 'jwk' });
  return { kty, kid: id, use: 'sig', alg: 'RS256', n, e };
}

async function keySet() {
  const key = shown(publicKey, kid);
  if (flawed('jwks-private')) key.d = privateKey.export({ format: 'jwk' }).d;
  if (!flawed('jwks-weak')) return { keys: [key] };
  const weak = await generate('rsa', { modulusLength: 1024 });
  return { keys: [key, shown(weak.publicKey, randomUUID())] };
}

export const jwks = await keySet();
