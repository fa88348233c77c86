import { parseArgs } from 'node:util';
import { choose, names } from './flaws.js';

const text = { type: 'string' };

function read() {
  try {
    return parseArgs({
      options: {
        port: text, flaw: text, cert: text, key: text, idle: text, 'token-lifetime': text, audience: text,
        'foreign-token': text,
        'quick-hashes': { type: 'boolean' },
        list: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

function seconds(value, otherwise) {
  if (value === undefined) return otherwise;
  if (/^\d+$/.test(value)) return Number(value);
  console.error(`not a number of seconds: ${value}`);
  process.exit(2);
}

const given = read();
if (given.list) {
  console.log(names.join('\n'));
  process.exit(0);
}
if (given.flaw !== undefined && !names.includes(given.flaw)) {
  console.error(`There is no flaw ${given.flaw}. There are:\n${names.join('\n')}`);
  process.exit(2);
}
choose(given.flaw);

export const options = {
  port: Number(given.port ?? 0),
  cert: given.cert,
  key: given.key,
  idle: seconds(given.idle, 1800),
  tokenLifetime: seconds(given['token-lifetime'], 300),
  audience: given.audience ?? 'testbed',
  // Passwords cost next to nothing, for whoever does not look at the time.
  quickHashes: given['quick-hashes'] ?? false,
  // A file for a token that is meant for another audience.
  foreignToken: given['foreign-token'],
  // Known once the site listens.
  origin: undefined,
};
