// Checks access tokens with jose, as an API in JavaScript would.
// The first line says what is expected; each line after it is a token, and its answer {"good": claims} or {"refused": why}.
import { createInterface } from 'node:readline';
import { createRemoteJWKSet, jwtVerify } from 'jose';

let keys, expected;

async function answer({ begin, token }) {
  if (begin) {
    const { jwks, ...rest } = begin;
    expected = rest;
    keys = createRemoteJWKSet(new URL(jwks), { cacheMaxAge: 500, cooldownDuration: 0 });
    return {};
  }
  try {
    const { payload } = await jwtVerify(token, keys, { ...expected, requiredClaims: ['sub', 'exp', 'iat', 'jti', 'client_id'] });
    return { good: payload };
  } catch (error) {
    return { refused: `${error.code}: ${error.message}` };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
