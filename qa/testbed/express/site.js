import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import express from 'express';
// Before the parts of the site: it chooses the flaw, and some of them look at it as they are loaded.
import { options } from './options.js';
import * as account from './account.js';
import * as api from './api.js';
import * as app from './app.js';
import { onError } from './bodies.js';
import { headers } from './headers.js';
import { send } from './pages.js';
import * as pagesForSome from './private.js';
import { load } from './session.js';
import * as signin from './signin.js';
import { foreignToken } from './tokens.js';
import { named } from './users.js';

const site = express();
site.disable('x-powered-by');
site.disable('etag');
// `/ADMIN` and `/admin/` are not `/admin`.
site.enable('case sensitive routing');
site.enable('strict routing');

site.use(headers, load);
for (const part of [pagesForSome, signin, account, api, app]) part.mount(site);
site.use((_req, res) => send(res, 404, 'Not found', 'There is no such page.'));
site.use(onError);

const secure = options.cert !== undefined && options.key !== undefined;
const server = secure
  ? https.createServer({ cert: readFileSync(options.cert), key: readFileSync(options.key) }, site)
  : http.createServer(site);

// Longer than a caller keeps an idle connection, so that none is closed while it sends.
server.keepAliveTimeout = 60_000;

server.listen(options.port, '127.0.0.1', async () => {
  options.origin = `${secure ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
  if (options.foreignToken) writeFileSync(options.foreignToken, await foreignToken(named('alice')));
  console.log(`listening on ${options.origin}`);
});

const stop = () => process.exit(0);
process.on('SIGTERM', stop);
process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
