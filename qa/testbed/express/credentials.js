import { matches, matchesNobody } from './passwords.js';
import { countWrong, waitOf } from './throttle.js';
import { named } from './users.js';

// One try to sign in: { wait }, { user } or { unknown }. It is one step without a pause, so that tries that are sent at
// the same time cannot all pass before the first is counted.
export function tryCredentials(name, password) {
  const wait = waitOf(name);
  if (wait > 0) return { wait };
  const user = named(name);
  if (user ? matches(password, user.password) : matchesNobody(password)) return { user };
  countWrong(name);
  return { unknown: user === undefined };
}
