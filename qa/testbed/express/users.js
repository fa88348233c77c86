import { hash } from './passwords.js';

const users = new Map();

function add(name, password, role) {
  users.set(name, { name, role, email: `${name}@example.org`, password: hash(password) });
}

add('alice', 'violet-anchor-1842-mango', 'ordinary');
add('bruno', 'copper-lantern-5530-fjord', 'ordinary');
add('root', 'granite-harbor-7719-plum', 'admin');

export const named = (name) => users.get(name);
