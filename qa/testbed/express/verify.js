import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK } from 'jose';
import { flawed } from './flaws.js';
import { kid, publicKey, publicPem } from './keys.js';
import { options } from './options.js';
import { isRevoked, weakSecret } from './tokens.js';
import { named } from './users.js';

// The user and the claims of an access token; undefined when anything about it is not right.
export async function verify(token) {
  try {
    const header = decodeProtectedHeader(token);
    const claims = await signedClaims(token, header);
    const user = named(claims.sub);
    return user && isRightType(header, claims) && areRight(claims) ? { user, claims } : undefined;
  } catch {
    return undefined;
  }
}

async function signedClaims(token, header) {
  if (flawed('jwt-alg-none') && String(header.alg).toLowerCase() === 'none') return decodeJwt(token);
  if (flawed('jwt-signature') && header.alg === 'RS256' && header.kid === kid) return decodeJwt(token);
  const { alg, key } = await keyFor(header);
  const { payload } = await compactVerify(token, key, { algorithms: [alg] });
  return JSON.parse(new TextDecoder().decode(payload));
}

async function keyFor(header) {
  const sound = { alg: 'RS256', key: publicKey };
  if (flawed('jwt-embedded-key') && header.jwk) return { ...sound, key: await importJWK(header.jwk, 'RS256') };
  if (flawed('jwt-jku') && header.jku) return { ...sound, key: await fetchedKey(header) };
  if (flawed('jwt-kid') && String(header.kid).endsWith('/dev/null')) return { alg: 'HS256', key: new Uint8Array() };
  if (header.kid !== kid) throw new Error('the key is not known');
  if (flawed('jwt-key-confusion') && header.alg === 'HS256') return { alg: 'HS256', key: Buffer.from(publicPem) };
  if (flawed('jwt-weak-secret')) return { alg: 'HS256', key: weakSecret };
  return sound;
}

async function fetchedKey({ jku, kid: wanted }) {
  const { hostname } = new URL(jku);
  // The flaw is there to be found on this machine; the site does not send requests anywhere else.
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) throw new Error('not of this machine');
  const answer = await fetch(jku, { redirect: 'error', signal: AbortSignal.timeout(2000) });
  const { keys } = await answer.json();
  return importJWK(keys.find((key) => key.kid === wanted) ?? keys[0], 'RS256');
}

function isRightType({ typ }, { use }) {
  return typ === 'at+jwt' || (flawed('jwt-type') && typ === 'JWT' && use === 'refresh');
}

function areRight({ iss, aud, exp, jti }) {
  return iss === options.origin
    && (aud === options.audience || flawed('jwt-audience'))
    && isInTime(exp)
    && typeof jti === 'string' && !isRevoked(jti);
}

function isInTime(exp) {
  if (flawed('jwt-expired') || (flawed('jwt-no-expiry') && exp === undefined)) return true;
  return typeof exp === 'number' && Date.now() < exp * 1000;
}
