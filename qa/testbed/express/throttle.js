import { flawed } from './flaws.js';

const minute = 60_000;
const allowed = 10;
const wrong = new Map();

function current(name) {
  const tries = wrong.get(name);
  return tries && Date.now() < tries.until ? tries : undefined;
}

// The seconds until this name may be tried again; 0 when it may be now.
export function waitOf(name) {
  const tries = current(name);
  if (flawed('login-brute-force') || !tries || tries.count < allowed) return 0;
  return Math.ceil((tries.until - Date.now()) / 1000);
}

export function countWrong(name) {
  const tries = current(name) ?? { count: 0, until: Date.now() + minute };
  tries.count += 1;
  wrong.set(name, tries);
}
