import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { parseArgs } from 'node:util';
import express from 'express';
import { page, say } from './pages.js';
import { csrf, edge, headers, noStore, sessions } from './protection.js';
import { routes } from './routes.js';
import { remembered } from './signin.js';

const { values: given } = parseArgs({
  options: { port: { type: 'string', default: '0' }, cert: { type: 'string' }, key: { type: 'string' } },
});

const app = express();
app.disable('x-powered-by');
app.use(edge, headers, noStore, sessions, remembered, express.urlencoded({ extended: false }), csrf, routes);
app.use((_req, res) => res.status(404).send(page('Not found', say('There is nothing here.'))));
app.use((error, _req, res, next) => {
  if (res.headersSent) return next(error);
  const status = error.status ?? 500;
  if (status >= 500) console.error(error);
  res.status(status).send(page('That did not work', say(status === 403 ? 'The form has expired.' : 'Please try again.')));
});

const secure = Boolean(given.cert && given.key);
const server = secure
  ? https.createServer({ cert: readFileSync(given.cert), key: readFileSync(given.key) }, app)
  : http.createServer(app);
server.keepAliveTimeout = 60_000;
server.listen(Number(given.port), '127.0.0.1', () => {
  console.log(`listening on ${secure ? 'https' : 'http'}://127.0.0.1:${server.address().port}`);
});

const stop = () => process.exit(0);
process.on('SIGTERM', stop);
process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
