import { flawed } from './flaws.js';

export function headers(req, res, next) {
  res.set({
    'Content-Security-Policy': flawed('page-framing') ? "default-src 'self'" : "default-src 'self'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
  const origin = req.get('origin');
  if (origin !== undefined && (flawed('cors-credentials') || (flawed('cors-credentials~null') && origin === 'null'))) {
    res.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true' }).vary('Origin');
  }
  next();
}
