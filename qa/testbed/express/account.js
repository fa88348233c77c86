import express from 'express';
import { problem, signedIn } from './access.js';
import { form, text } from './bodies.js';
import { guard } from './csrf.js';
import { flawed } from './flaws.js';
import * as pages from './pages.js';
import { hash, matches, refusal } from './passwords.js';
import { ensure, renew } from './session.js';
import { endTokensOf } from './tokens.js';
import { named } from './users.js';

async function account(req, res) {
  const { csrf, id } = await ensure(req, res);
  if (flawed('page-cache')) res.set('Cache-Control', 'public, max-age=600');
  const shownId = flawed('session-id-in-body') ? id : undefined;
  pages.send(res, 200, 'Your account', pages.account({ user: req.user, csrf, shownId }));
}

function asAlice(req, _res, next) {
  req.user ??= named('alice');
  next();
}

// Takes the e-mail of the form or the object; false when there is none that can be taken.
function changeEmail(user, fields) {
  const email = text(fields, 'email');
  if (email === '' || email.length > 254) return false;
  user.email = email;
  return true;
}

function emailFrom(fieldsOf) {
  return (req, res) => {
    if (changeEmail(req.user, fieldsOf(req))) return pages.seeOther(res, '/account');
    pages.send(res, 422, 'Your account', 'An e-mail address has 1 to 254 characters.');
  };
}

const jsonTypes = () => (flawed('csrf-json') ? ['application/json', 'text/plain'] : ['application/json']);

function wantsUserAndJson(req, res, next) {
  if (!req.user) {
    res.set('WWW-Authenticate', 'Cookie realm="testbed"');
    return problem(res, 401, 'Unauthorized', 'Sign in first.');
  }
  if (!req.is(jsonTypes())) return problem(res, 415, 'Unsupported Media Type', 'Send application/json.');
  next();
}

function emailJson(req, res) {
  if (changeEmail(req.user, req.body)) return res.json({ email: req.user.email });
  problem(res, 422, 'Unprocessable Content', 'An e-mail address has 1 to 254 characters.');
}

async function showPassword(req, res, status, reason) {
  const { csrf } = await ensure(req, res);
  const asksCurrent = !flawed('password-current') || undefined;
  pages.send(res, status, 'Change the password', pages.password({ csrf, asksCurrent, problem: reason }));
}

async function changePassword(req, res) {
  const { user, body } = req;
  if (!flawed('password-current') && !matches(text(body, 'current_password'), user.password)) {
    return showPassword(req, res, 403, 'The current password is wrong.');
  }
  const password = text(body, 'new_password');
  const reason = refusal(password);
  if (reason) return showPassword(req, res, 422, reason);
  user.password = hash(password);
  endTokensOf(user);
  await renew(req, res);
  pages.seeOther(res, '/account');
}

export function mount(site) {
  site.get('/account', flawed('access-anonymous') ? asAlice : signedIn('/account'), account);
  site.post('/account/email', form, guard('csrf-form'), signedIn('/account'), emailFrom((req) => req.body));
  if (flawed('csrf-get')) {
    site.get('/account/email', signedIn('/account'), emailFrom((req) => req.query));
  }
  const json = express.json({ type: jsonTypes() });
  site.post('/account/email.json', guard('csrf-json'), wantsUserAndJson, json, emailJson);
  site.get('/account/password', signedIn(), (req, res) => showPassword(req, res, 200));
  site.post('/account/password', form, guard(), signedIn('/account/password'), changePassword);
}
