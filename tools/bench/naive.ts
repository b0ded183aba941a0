/**
 * The naive peer: a webhook store as one writes it in an afternoon. express.json, canonicalize, crc32c, and one
 * synced put per request. Settings: PORT, DATA_DIR.
 */
import { mkdirSync } from 'node:fs';
import { crc32c } from '@node-rs/crc32';
import canonicalize from 'canonicalize';
import express from 'express';
import { Level } from 'level';

const port = Number(process.env['PORT']);
const folder = process.env['DATA_DIR'] ?? '';

mkdirSync(folder, { recursive: true });
const db = new Level<string, string>(folder);
const app = express();

app.get('/readyz', (_req, res) => void res.json({ status: 'ready' }));
app.post('/webhook', express.json({ limit: '25mb' }), async (req, res) => {
  const canonical = canonicalize(req.body as object) ?? '';
  const seconds = Math.floor(Date.now() / 1000);
  const id = hex(seconds) + hex(crc32c(canonical));
  await db.put(id, canonical, { sync: true });
  res.json({ id });
});
app.listen(port, '127.0.0.1');

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
