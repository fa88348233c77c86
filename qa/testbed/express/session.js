import { randomBytes } from 'node:crypto';
import { clearCookie, idFromCookie, setCookie } from './cookie.js';
import { flawed } from './flaws.js';
import { options } from './options.js';
import { named } from './users.js';

const sessions = new Map();
let made = 0;

function newId() {
  if (flawed('session-entropy')) return (++made).toString(16).padStart(32, '0');
  if (flawed('session-entropy~short')) return unusedShortId();
  return randomBytes(32).toString('base64url');
}

function unusedShortId() {
  const id = randomBytes(3).toString('hex');
  return sessions.has(id) ? unusedShortId() : id;
}

function create(user, id = newId()) {
  const session = { id, user, csrf: randomBytes(32).toString('base64url'), seen: Date.now() };
  sessions.set(id, session);
  return session;
}

function find(id) {
  const session = sessions.get(id);
  if (!session) return undefined;
  if (!flawed('session-expiry') && Date.now() - session.seen >= options.idle * 1000) {
    sessions.delete(id);
    return undefined;
  }
  session.seen = Date.now();
  return session;
}

// Puts the session and the user of the request, where there are any, into `req.session` and `req.user`.
export async function load(req, _res, next) {
  req.offeredId = await idFromCookie(req);
  req.session = find(req.offeredId);
  req.user = userFromHeaders(req) ?? req.session?.user;
  next();
}

function userFromHeaders(req) {
  if (!flawed('access-identity-headers')) return undefined;
  return named(req.get('x-forwarded-user') ?? req.get('x-remote-user') ?? req.get('remote-user'));
}

// The session of the request; an anonymous one is made where there is none.
export async function ensure(req, res) {
  if (req.session) return req.session;
  if (flawed('session-adoption') && req.offeredId) {
    req.session = create(undefined, req.offeredId);
  } else {
    req.session = create();
    await setCookie(res, req.session);
  }
  return req.session;
}

export async function signIn(req, res, user) {
  const before = req.session;
  if (before) sessions.delete(before.id);
  if (before && flawed('session-fixation')) {
    req.session = create(user, before.id);
  } else {
    req.session = create(user);
    await setCookie(res, req.session);
  }
}

export function signOut(req, res) {
  if (!flawed('session-logout')) sessions.delete(req.session?.id);
  if (!flawed('session-logout-cookie')) clearCookie(res);
}

// After a change of the password: this session goes on under a new id, the others of the user end.
export async function renew(req, res) {
  if (!flawed('session-password-change')) {
    for (const [id, session] of sessions) if (session.user === req.user) sessions.delete(id);
  }
  sessions.delete(req.session.id);
  req.session = create(req.user);
  await setCookie(res, req.session);
}

export function isTokenOfAnySession(csrf) {
  for (const session of sessions.values()) if (session.csrf === csrf) return true;
  return false;
}
