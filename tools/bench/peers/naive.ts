/**
 * The naive peer: a webhook store as one writes it in an afternoon. express.json, canonicalize, crc32c, and one
 * synced put per request. Settings: PORT, DATA_DIR.
 */
import { mkdirSync } from 'node:fs';
import { crc32c } from '@node-rs/crc32';
import canonicalize from 'canonicalize';
import { json } from 'express';
import { Level } from 'level';
import { serve } from './raw-app';

const folder = process.env['DATA_DIR'] ?? '';

mkdirSync(folder, { recursive: true });
const db = new Level<string, string>(folder);

serve((app) => {
  app.post('/webhook', json({ limit: '25mb' }), async (req, res) => {
    const canonical = canonicalize(req.body as object) ?? '';
    const seconds = Math.floor(Date.now() / 1000);
    const id = hex(seconds) + hex(crc32c(canonical));
    await db.put(id, canonical, { sync: true });
    res.json({ id });
  });
});

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
