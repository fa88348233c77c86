import { randomBytes } from 'node:crypto';
import { parse, serialize } from 'cookie';
import { jwtVerify, SignJWT } from 'jose';
import { flawed } from './flaws.js';

const name = nameOfCookie();
const attributes = attributesOfCookie();
const key = randomBytes(32);

function nameOfCookie() {
  if (flawed('cookie-secure') || flawed('cookie-prefix')) return 'sid';
  return flawed('cookie-domain') ? '__Secure-sid' : '__Host-sid';
}

function attributesOfCookie() {
  const sound = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' };
  if (flawed('cookie-secure')) return { ...sound, secure: false };
  if (flawed('cookie-httponly')) return { ...sound, httpOnly: false };
  if (flawed('cookie-samesite')) return { ...sound, sameSite: undefined };
  if (flawed('cookie-samesite~none')) return { ...sound, sameSite: 'none' };
  if (flawed('cookie-domain')) return { ...sound, domain: '127.0.0.1' };
  if (flawed('cookie-lifetime')) return { ...sound, maxAge: 400 * 24 * 3600 };
  return sound;
}

async function valueFor({ id, user }) {
  if (flawed('cookie-opaque')) {
    const shown = { user: user?.name ?? null, role: user?.role ?? null };
    return `${id}.${Buffer.from(JSON.stringify(shown)).toString('base64url')}`;
  }
  if (flawed('cookie-opaque~jwt')) {
    return new SignJWT({ sid: id, sub: user?.name, email: user?.email })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('8h')
      .sign(key);
  }
  return id;
}

async function idIn(value) {
  if (flawed('cookie-opaque')) return value.split('.')[0];
  if (flawed('cookie-opaque~jwt')) {
    const read = await jwtVerify(value, key, { algorithms: ['HS256'] }).catch(() => undefined);
    return read?.payload.sid;
  }
  return value;
}

export async function idFromCookie(req) {
  const value = parse(req.headers.cookie ?? '')[name];
  return value ? idIn(value) : undefined;
}

export async function setCookie(res, session) {
  res.append('Set-Cookie', serialize(name, await valueFor(session), attributes));
}

export function clearCookie(res) {
  res.append('Set-Cookie', serialize(name, '', { ...attributes, maxAge: 0 }));
}
