import { randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { flawed } from './flaws.js';
import { kid, privateKey } from './keys.js';
import { options } from './options.js';

const day = 24 * 3600;

// A family is what came of one sign-in: the refresh tokens that followed each other, and their access tokens.
const families = new Set();
const familyOf = new Map();
const refreshTokens = new Map();
const revoked = new Set();

export const weakSecret = Buffer.from('secret');
export const isRevoked = (jti) => revoked.has(jti);

const lifetime = () => (flawed('jwt-lifetime') ? 30 * day : options.tokenLifetime);

function sign(claims, typ) {
  const alg = flawed('jwt-weak-secret') ? 'HS256' : 'RS256';
  const key = flawed('jwt-weak-secret') ? weakSecret : privateKey;
  return new SignJWT(claims).setProtectedHeader({ alg, typ, kid }).sign(key);
}

function claimsFor(user, family, seconds) {
  const iat = Math.floor(Date.now() / 1000);
  const jti = randomUUID();
  family.ids.push(jti);
  familyOf.set(jti, family);
  return { iss: options.origin, aud: options.audience, sub: user.name, iat, exp: iat + seconds, jti };
}

const things = ['orders', 'users', 'files', 'bills'];
const permissions = things.flatMap((thing) => [`${thing}:read`, `${thing}:edit`, `${thing}:add`]);

function accessToken(user, family) {
  const claims = claimsFor(user, family, lifetime());
  if (flawed('jwt-no-expiry')) delete claims.exp;
  if (flawed('jwt-personal')) Object.assign(claims, { email: user.email, name: user.name });
  if (flawed('jwt-permissions')) claims.permissions = permissions;
  if (flawed('jwt-size')) claims.groups = Array.from({ length: 60 }, () => randomBytes(4).toString('hex'));
  return sign(claims, 'at+jwt');
}

// A token that is right in everything, and meant for somebody else.
export function foreignToken(user) {
  return sign({ ...claimsFor(user, { ids: [] }, lifetime()), aud: 'billing' }, 'at+jwt');
}

async function refreshToken(user, family) {
  const token = flawed('jwt-type')
    ? await sign({ ...claimsFor(user, family, day), use: 'refresh' }, 'JWT')
    : randomBytes(32).toString('base64url');
  refreshTokens.set(token, { family, used: false, until: Date.now() + day * 1000 });
  return token;
}

export async function issue(user, family = { user, ended: false, ids: [] }) {
  families.add(family);
  return {
    access_token: await accessToken(user, family),
    token_type: 'Bearer',
    expires_in: lifetime(),
    refresh_token: await refreshToken(user, family),
  };
}

// A new pair, or undefined when the token is not good (any more).
export async function refresh(token) {
  const known = refreshTokens.get(token);
  if (!known || known.family.ended || Date.now() >= known.until) return undefined;
  if (known.used && !flawed('refresh-replay')) {
    if (!flawed('refresh-family')) end(known.family);
    return undefined;
  }
  known.used = true;
  return issue(known.family.user, known.family);
}

function end(family) {
  family.ended = true;
  for (const jti of family.ids) revoked.add(jti);
}

export function revoke({ jti }) {
  const family = familyOf.get(jti);
  if (flawed('jwt-logout')) {
    if (family) family.ended = true;
    return;
  }
  revoked.add(jti);
  if (family) end(family);
}

export function endTokensOf(user) {
  for (const family of families) if (family.user === user) end(family);
}
