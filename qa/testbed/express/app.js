import { readFileSync } from 'node:fs';
import { flawed } from './flaws.js';
import * as pages from './pages.js';

const file = flawed('token-storage') ? 'app-token-storage.js' : 'app.js';
const script = readFileSync(new URL(`public/${file}`, import.meta.url), 'utf8');

export function mount(site) {
  site.get('/app', (_req, res) => pages.send(res, 200, 'App', pages.app(), pages.appScript));
  site.get('/app.js', (_req, res) => res.type('js').send(script));
}
