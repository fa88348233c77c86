import { hash, matches } from './passwords.js';

const users = new Map();

async function add(email, password, role) {
  users.set(email, { email, role, nickname: email.split('@')[0], password: await hash(password), version: 1 });
}

await Promise.all([
  add('alice@example.org', 'violet-anchor-1842-mango', 'member'),
  add('bruno@example.org', 'copper-lantern-5530-fjord', 'member'),
  add('root@example.org', 'granite-harbor-7719-plum', 'manager'),
]);

const nobody = { password: await hash('nobody has this one') };

export const normal = (email) => String(email ?? '').trim().toLowerCase();
export const byEmail = (email) => users.get(normal(email));

export async function withCredentials(email, password) {
  const user = byEmail(email);
  const right = await matches(password, (user ?? nobody).password);
  return right && user ? user : undefined;
}

// The sessions that were signed in before remember the old version, and so they end.
export async function setPassword(user, password) {
  user.password = await hash(password);
  user.version += 1;
}
