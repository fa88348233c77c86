import express from 'express';
import { flawed } from './flaws.js';

export const form = express.urlencoded({ extended: false });
export const json = express.json();

// What a form or a JSON object has under this name, where that is one text; else the empty text.
export function text(from, name) {
  const value = from?.[name];
  return typeof value === 'string' ? value : '';
}

export function onError(error, req, res, next) {
  if (res.headersSent) return next(error);
  const status = error.status ?? 500;
  if (flawed('error-details') && req.path === '/api/token' && error.type === 'entity.parse.failed') {
    return res.status(500).type('text').send(error.stack);
  }
  if (status < 500) return res.status(400).type('text').send('This request cannot be read.\n');
  console.error(error);
  res.status(500).type('text').send('Something went wrong here.\n');
}
