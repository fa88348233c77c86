import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { flawed } from './flaws.js';
import { options } from './options.js';

const cost = { N: options.quickHashes ? 16 : 8192, r: 8, p: 1 };

const common = new Set([
  'password1234567', '123456789012345', 'qwertyuiopasdfg', 'iloveyouiloveyou', 'passwordpassword', '1234567890123456',
  'qwertyuiopasdfghjkl', 'administrator123', 'letmeinletmeinletmein', 'abcdefghijklmnop', 'aaaaaaaaaaaaaaaa',
  'correcthorsebatterystaple', '123456', '1234567', '12345678', '123456789', '1234567890', 'password', 'password1',
  'qwerty', 'qwerty123', 'iloveyou', 'letmein', 'abc123', 'abcdef', '111111', '000000', 'monkey', 'dragon', 'welcome',
]);

const shortest = () => (flawed('password-short') ? 6 : 15);
const longest = () => (flawed('password-long') ? 20 : 128);

function derive(password, salt) {
  const counted = flawed('password-truncated') ? Array.from(password).slice(0, 20).join('') : password;
  return scryptSync(counted, salt, 32, cost);
}

export function hash(password) {
  const salt = randomBytes(16);
  return { salt, key: derive(password, salt) };
}

export function matches(password, { salt, key }) {
  return timingSafeEqual(derive(password, salt), key);
}

const nobody = { salt: randomBytes(16), key: randomBytes(32) };

// What a try costs for a name that there is not: as much as for one that there is.
export function matchesNobody(password) {
  if (!flawed('login-enumeration-time')) matches(password, nobody);
}

// The reason why this is not taken as a new password, or undefined.
export function refusal(password) {
  const length = Array.from(password).length;
  if (length < shortest()) return `A password has at least ${shortest()} characters.`;
  if (length > longest()) return `A password has at most ${longest()} characters.`;
  if (!flawed('password-common') && common.has(password.toLowerCase())) return 'This password is one of the most common.';
  if (flawed('password-composition') && !isComposed(password)) {
    return 'A password has an upper case letter, a digit and a sign.';
  }
}

function isComposed(password) {
  return /\p{Lu}/u.test(password) && /\d/.test(password) && /[^\p{L}\p{N}\s]/u.test(password);
}
