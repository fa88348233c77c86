import { problem } from './access.js';
import { json, text } from './bodies.js';
import { tryCredentials } from './credentials.js';
import { flawed } from './flaws.js';
import { jwks } from './keys.js';
import { issue, refresh, revoke } from './tokens.js';
import { verify } from './verify.js';

function unauthorized(res, detail) {
  if (!flawed('access-www-authenticate')) res.set('WWW-Authenticate', 'Bearer');
  problem(res, 401, 'Unauthorized', detail);
}

function hasTexts(...names) {
  return (req, res, next) => {
    if (names.every((name) => typeof req.body?.[name] === 'string')) return next();
    problem(res, 400, 'Bad Request', `Send application/json with ${names.join(' and ')}.`);
  };
}

async function token(req, res) {
  if (flawed('token-cache')) res.removeHeader('Cache-Control');
  const { wait, user } = tryCredentials(text(req.body, 'username'), text(req.body, 'password'));
  if (wait) {
    res.set('Retry-After', String(wait));
    return problem(res, 429, 'Too Many Requests', 'Try again in a minute.');
  }
  if (!user) return unauthorized(res, 'The name or the password is wrong.');
  res.json(await issue(user));
}

async function newPair(req, res) {
  const pair = await refresh(req.body.refresh_token);
  if (!pair) return unauthorized(res, 'This refresh token is not good.');
  res.json(pair);
}

function tokenOf(req, queryToo) {
  const [, sent] = /^Bearer +(\S+)$/i.exec(req.get('authorization') ?? '') ?? [];
  return sent ?? (queryToo ? text(req.query, 'access_token') || undefined : undefined);
}

async function bearer(req, res, next) {
  const sent = tokenOf(req, flawed('jwt-in-query') && req.path === '/api/me');
  if (sent === undefined && flawed('access-401') && req.path === '/api/me') {
    return problem(res, 403, 'Forbidden', 'Send an access token.');
  }
  const caller = sent && (await verify(sent));
  if (!caller) return unauthorized(res, sent ? 'This access token is not good.' : 'Send an access token.');
  req.caller = caller;
  next();
}

function revokeSent(req, res) {
  revoke(req.caller.claims);
  res.status(204).end();
}

function me(req, res) {
  const { name, role } = req.caller.user;
  res.json({ name, role });
}

function admin(req, res) {
  if (req.caller.user.role !== 'admin' && !flawed('access-role~api')) {
    return problem(res, 403, 'Forbidden', 'Only administrators may.');
  }
  res.json({ administration: true });
}

// The token for the script that stores it: without that script, there is no such route.
async function sessionToken(req, res) {
  if (!req.user) return unauthorized(res, 'Sign in first.');
  const { access_token, token_type, expires_in } = await issue(req.user);
  res.json({ access_token, token_type, expires_in });
}

export function mount(site) {
  site.post('/api/token', json, hasTexts('username', 'password'), token);
  site.post('/api/token/refresh', json, hasTexts('refresh_token'), newPair);
  site.post('/api/token/revoke', bearer, revokeSent);
  site.get('/api/me', bearer, me);
  site.get('/api/admin', bearer, admin);
  site.get('/.well-known/jwks.json', (_req, res) => res.json(jwks));
  if (flawed('token-storage')) site.get('/api/session-token', sessionToken);
}
