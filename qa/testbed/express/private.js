import { adminOnly, signedIn } from './access.js';
import { flawed } from './flaws.js';
import * as pages from './pages.js';

const owners = { 1: 'alice', 2: 'root' };

function home(req, res) {
  if (flawed('access-rewrite-headers') && req.get('x-original-url') === '/admin') return admin(req, res);
  pages.send(res, 200, 'Testbed', pages.home());
}

function admin(_req, res) {
  pages.send(res, 200, 'Administration', pages.admin());
}

function order(number) {
  const owner = owners[number];
  return (req, res) => {
    const opens = req.user.name === owner || (number === 2 && flawed('access-owned'));
    if (!opens) return pages.send(res, 403, 'Not for you', 'This order is somebody else’s.');
    pages.send(res, 200, `Order ${number}`, pages.order({ number, owner }));
  };
}

export function mount(site) {
  site.get('/', home);
  site.get('/admin', signedIn(), adminOnly, admin);
  if (flawed('access-path')) site.get('/admin/', admin);
  site.get('/orders/1', signedIn(), order(1));
  site.get('/orders/2', signedIn(), order(2));
}
