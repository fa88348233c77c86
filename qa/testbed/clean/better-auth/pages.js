import { fromNodeHeaders } from 'better-auth/node';

export function answer(res, status, value) {
  if (status === 401) res.setHeader('WWW-Authenticate', 'Cookie realm="better-auth"');
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

function home(_user, res) {
  answer(res, 200, { pages: ['/me', '/admin'] });
}

function me({ name, email, role }, res) {
  answer(res, 200, { name, email, role });
}

function admin({ role }, res) {
  if (role === 'admin') answer(res, 200, { users: 3 });
  else answer(res, 403, { message: 'Only for administrators.' });
}

const pages = new Map([
  ['/', { show: home }],
  ['/me', { show: me, needsUser: true }],
  ['/admin', { show: admin, needsUser: true }],
]);

export async function showPage(auth, req, res) {
  const page = pages.get(req.url.split('?')[0]);
  if (!page) return answer(res, 404, { message: 'There is no such page.' });
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.setHeader('Allow', 'GET, HEAD');
    return answer(res, 405, { message: 'This page can only be read.' });
  }
  const session = page.needsUser ? await auth.api.getSession({ headers: fromNodeHeaders(req.headers) }) : undefined;
  if (page.needsUser && !session) return answer(res, 401, { message: 'Sign in first.' });
  page.show(session?.user, res);
}
