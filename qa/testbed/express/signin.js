import { form, text } from './bodies.js';
import { tryCredentials } from './credentials.js';
import { guard } from './csrf.js';
import { flawed } from './flaws.js';
import * as pages from './pages.js';
import { ensure, signIn, signOut } from './session.js';
import { named } from './users.js';

// A path of this site: one slash, then neither a slash nor a backslash, which browsers take for one. Signs that they
// leave out, such as tabs, may not stand in between.
function goodNext(next) {
  return flawed('login-redirect') || /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : '';
}

async function showLogin(req, res, status, next, problem) {
  const { csrf } = await ensure(req, res);
  const method = flawed('login-form-get') ? 'get' : 'post';
  pages.send(res, status, 'Sign in', pages.login({ csrf, next: goodNext(next), method, problem }));
}

async function tryLogin(req, res, fields) {
  const name = text(fields, 'username');
  const next = text(fields, 'next');
  const { wait, user, unknown } = tryCredentials(name, text(fields, 'password'));
  if (wait) {
    res.set('Retry-After', String(wait));
    return pages.send(res, 429, 'Too many tries', 'Try again in a minute.');
  }
  if (!user) return refuse(req, res, next, unknown);
  await signIn(req, res, user);
  const place = goodNext(next) || '/account';
  pages.seeOther(res, flawed('session-id-in-url') ? withId(place, req.session.id) : place);
}

async function refuse(req, res, next, unknown) {
  const tells = flawed('login-enumeration') || flawed('login-enumeration~status');
  const status = unknown && flawed('login-enumeration~status') ? 404 : 401;
  if (status === 401) res.set('WWW-Authenticate', 'Cookie realm="testbed"');
  const problem = unknown && tells ? 'There is no such user.' : 'The name or the password is wrong.';
  await showLogin(req, res, status, next, problem);
}

function withId(place, id) {
  return `${place}${place.includes('?') ? '&' : '?'}sid=${id}`;
}

async function login(req, res) {
  const { username, password } = req.query;
  if (flawed('login-form-get') && username !== undefined && password !== undefined) {
    return tryLogin(req, res, req.query);
  }
  await showLogin(req, res, 200, text(req.query, 'next'));
}

function logout(req, res) {
  signOut(req, res);
  pages.seeOther(res, '/');
}

async function forgot(req, res) {
  const { csrf } = await ensure(req, res);
  pages.send(res, 200, 'A forgotten password', pages.forgot({ csrf }));
}

function sendLink(req, res) {
  const tells = flawed('reset-enumeration') && !named(text(req.body, 'username'));
  pages.send(res, 200, 'A forgotten password', tells ? 'No such user' : 'If there is such a user, a link is on its way.');
}

export function mount(site) {
  site.get('/login', login);
  site.post('/login', form, guard('csrf-login'), (req, res) => tryLogin(req, res, req.body));
  site.post('/logout', form, guard('csrf-logout'), logout);
  if (flawed('logout-get')) site.get('/logout', logout);
  site.get('/forgot', forgot);
  site.post('/forgot', form, guard(), sendLink);
}
