import { randomBytes } from 'node:crypto';
import { csrfSync } from 'csrf-sync';
import session from 'express-session';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { normal } from './users.js';

const minutes = 60_000;

// Stands for the proxy that ends TLS in front of such an app: it says so itself, and passes on nothing that a caller
// says about it.
export function edge(req, _res, next) {
  delete req.headers['x-forwarded-for'];
  req.headers['x-forwarded-proto'] = 'https';
  next();
}

export const headers = helmet({
  xFrameOptions: { action: 'deny' },
  contentSecurityPolicy: {
    directives: { defaultSrc: ["'self'"], frameAncestors: ["'none'"], formAction: ["'self'"], upgradeInsecureRequests: null },
  },
});

export function noStore(_req, res, next) {
  res.set('Cache-Control', 'no-store');
  next();
}

export const cookieName = '__Host-session';
export const cookie = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' };

export const sessions = session({
  name: cookieName,
  secret: randomBytes(32).toString('hex'),
  proxy: true,
  resave: false,
  saveUninitialized: false,
  rolling: true,
  cookie: { ...cookie, maxAge: 30 * minutes },
});

export const { generateToken: csrfToken, csrfSynchronisedProtection: csrf } = csrfSync({
  getTokenFromRequest: (req) => req.body?._csrf ?? req.get('x-csrf-token'),
});

// Counts for the name that is tried, whether there is such a user or not.
export const signinLimit = rateLimit({
  windowMs: minutes,
  limit: 10,
  standardHeaders: 'draft-8',
  legacyHeaders: false,
  keyGenerator: (req) => normal(req.body?.email),
  skipSuccessfulRequests: true,
  requestWasSuccessful: (_req, res) => res.locals.signedIn === true,
});
