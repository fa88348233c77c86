import { flawed } from './flaws.js';
import { seeOther, send } from './pages.js';

export function signedIn(next) {
  return (req, res, go) => (req.user ? go() : seeOther(res, `/login?next=${next ?? req.path}`));
}

export function adminOnly(req, res, go) {
  if (req.user.role === 'admin' || flawed('access-role')) return go();
  if (!flawed('access-403')) return send(res, 403, 'Not for you', 'Only administrators may see this page.');
  res.set('WWW-Authenticate', 'Cookie realm="testbed"');
  send(res, 401, 'Not for you', 'Only administrators may see this page.');
}

export function problem(res, status, title, detail) {
  res.status(status).type('application/problem+json').send(JSON.stringify({ type: 'about:blank', title, status, detail }));
}
