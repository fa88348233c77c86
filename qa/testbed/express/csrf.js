import { timingSafeEqual } from 'node:crypto';
import { problem } from './access.js';
import { flawed } from './flaws.js';
import { options } from './options.js';
import { send } from './pages.js';
import { isTokenOfAnySession } from './session.js';

// Guards an unsafe route. With `flaw` chosen, that route alone is left unguarded.
export function guard(flaw) {
  return (req, res, next) => {
    if (flaw && flawed(flaw)) return next();
    if (comesFromHere(req) && hasToken(req)) return next();
    refuse(req, res);
  };
}

function refuse(req, res) {
  const reason = 'This request did not come from a page of this site.';
  if (req.path.endsWith('.json')) problem(res, 403, 'Forbidden', reason);
  else send(res, 403, 'Refused', reason);
}

function comesFromHere(req) {
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = req.get('origin');
  return origin === undefined || origin === options.origin;
}

function hasToken(req) {
  const sent = req.get('x-csrf-token') ?? req.body?.csrf;
  if (flawed('csrf-token-missing') && sent === undefined) return true;
  if (typeof sent !== 'string' || sent === '') return false;
  if (flawed('csrf-token-wrong')) return true;
  if (flawed('csrf-token-foreign')) return isTokenOfAnySession(sent);
  return req.session !== undefined && same(sent, req.session.csrf);
}

function same(sent, expected) {
  const [left, right] = [Buffer.from(sent), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
