import { createHash } from 'node:crypto';
import express from 'express';

/**
 * The front of all peers that keep the body as it is: Express, the raw bytes, SHA-256 of them as the name.
 * @param store resolves, durable, with whether the webhook was new
 */
export function rawApp(store: (id: string, body: Buffer) => Promise<boolean>): void {
  serve((app) => {
    app.post('/webhook', express.raw({ type: () => true, limit: '25mb' }), async (req, res) => {
      const body = req.body as Buffer;
      const id = createHash('sha256').update(body).digest('hex');
      const isNew = await store(id, body);
      res.json({ id, duplicate: !isNew });
    });
  });
}

/** Listens on PORT of this machine. */
export function serve(routes: (app: express.Express) => void): void {
  const app = express();
  app.get('/readyz', (_req, res) => void res.json({ status: 'ready' }));
  routes(app);
  app.listen(Number(process.env['PORT']), '127.0.0.1');
}
