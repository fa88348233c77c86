import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(scrypt);
const cost = { N: 8192, r: 8, p: 1 };

const common = new Set([
  'password1234567', '123456789012345', '1234567890123456', 'qwertyuiopasdfg', 'qwertyuiopasdfgh', 'iloveyouiloveyou',
  'passwordpassword', 'letmeinletmeinletmein', 'abcdefghijklmnop', 'aaaaaaaaaaaaaaa', 'correcthorsebatterystaple',
]);

export async function hash(password) {
  const salt = randomBytes(16);
  return { salt, key: await derive(password, salt, 32, cost) };
}

export async function matches(password, { salt, key }) {
  return timingSafeEqual(await derive(password, salt, 32, cost), key);
}

export function refusal(password) {
  const { length } = [...password];
  if (length < 15) return 'Use at least 15 characters.';
  if (length > 128) return 'Use at most 128 characters.';
  if (common.has(password.toLowerCase())) return 'This password is on the lists that are tried first.';
}
