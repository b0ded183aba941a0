/**
 * express-pouchdb as it ships, without a sync before the answer: not durable. It is no dependency of this repository
 * (its tree is large, and of Express 4). Settings: PORT, DATA_DIR.
 */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { serve } from './raw-app';

interface PouchConstructor {
  new (name: string): unknown;
  defaults(options: { readonly prefix: string }): PouchConstructor;
}

const optional = createRequire(__filename);
const folder = process.env['DATA_DIR'] ?? '';
mkdirSync(folder, { recursive: true });
const Pouch = (optional('pouchdb') as PouchConstructor).defaults({ prefix: `${folder}/` });
const pouchApp = optional('express-pouchdb') as (pouch: PouchConstructor, options: object) => RequestHandler;
new Pouch('webhooks');
const pouch = pouchApp(Pouch, { configPath: `${folder}/config.json`, logPath: `${folder}/log.txt` });

serve((app) => {
  app.use((req, res, next) => {
    if (req.path !== '/webhook') return next();
    // a document of its own, as a client of CouchDB makes it
    Object.assign(req, { url: `/webhooks/${randomUUID()}`, method: 'PUT' });
    pouch(req, res, next);
  });
});
