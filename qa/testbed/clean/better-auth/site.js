import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { webcrypto } from 'node:crypto';
import { parseArgs } from 'node:util';

// Node 18 has it, though not under this name.
globalThis.crypto ??= webcrypto;
const { toNodeHandler } = await import('better-auth/node');
const { addressHeader, makeAuth } = await import('./auth.js');
const { answer, showPage } = await import('./pages.js');

const { values: given } = parseArgs({
  options: { port: { type: 'string', default: '0' }, cert: { type: 'string' }, key: { type: 'string' } },
});
const secure = Boolean(given.cert && given.key);
const server = secure
  ? https.createServer({ cert: readFileSync(given.cert), key: readFileSync(given.key) })
  : http.createServer();
server.keepAliveTimeout = 60_000;

function addHeaders(res) {
  res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Cache-Control', 'no-store');
}

async function serve(auth) {
  const handleAuth = toNodeHandler(auth);
  server.on('request', async (req, res) => {
    req.headers[addressHeader] = req.socket.remoteAddress;
    addHeaders(res);
    try {
      if (req.url.startsWith('/api/auth/')) await handleAuth(req, res);
      else await showPage(auth, req, res);
    } catch (error) {
      console.error(error);
      if (!res.headersSent) answer(res, 500, { message: 'Something went wrong.' });
    }
  });
}

server.listen(Number(given.port), '127.0.0.1', async () => {
  const base = `${secure ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
  await serve(await makeAuth(base));
  console.log(`listening on ${base}`);
});

const stop = () => process.exit(0);
process.on('SIGTERM', stop);
process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
