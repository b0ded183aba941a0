import type { Replication } from '@hooklog/http-peer';
import { integerIn, methodNotAllowed } from '@hooklog/service';
import { Router } from 'express';

const SETTLE_SECONDS = { min: 0, max: 365 * 86_400 };

/** GET /secondaries, DELETE /secondaries/:id, POST /trigger_sync?settle= (seconds). The app puts the token check in front. */
export function memberRoutes({ replication }: { readonly replication: Replication }): Router {
  const router = Router();
  router
    .route('/secondaries')
    .get((_req, res) => void res.json({ secondaries: replication.secondaries() }))
    .all(methodNotAllowed('GET', 'HEAD'));
  router
    .route('/secondaries/:id')
    .delete(async (req, res) => {
      await replication.remove(req.params.id);
      res.status(204).end();
    })
    .all(methodNotAllowed('DELETE'));
  router
    .route('/trigger_sync')
    .post(async (req, res) => {
      const settle = integerIn(req, 'settle', SETTLE_SECONDS, 'INVALID_SETTLE');
      const reports = await replication.triggerSync(settle === undefined ? {} : { settleMs: settle * 1000 });
      res.json({ reports });
    })
    .all(methodNotAllowed('POST'));
  return router;
}
