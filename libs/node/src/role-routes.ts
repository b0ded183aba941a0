import type { Replication } from '@hooklog/http-peer';
import { comparePositions, type OrderedLog } from '@hooklog/ordered-log';
import { methodNotAllowed } from '@hooklog/service';
import { Router } from 'express';

export interface RoleRoutesOptions {
  readonly log: OrderedLog;
  readonly replication: Replication;
}

/**
 * POST /promote → `{epoch, committed, role}`: whether a majority has the record that began the epoch. POST /demote →
 * the same of the last epoch here: whether a majority has all that is in this log. The app puts the token check in
 * front.
 */
export function roleRoutes({ log, replication }: RoleRoutesOptions): Router {
  const router = Router();
  router
    .route('/promote')
    .post(async (_req, res) => {
      const { epoch, committed } = await replication.promote();
      res.json({ epoch, committed, role: replication.role });
    })
    .all(methodNotAllowed('POST'));
  router
    .route('/demote')
    .post(async (_req, res) => {
      await replication.demote();
      const committed = comparePositions(log.committed, log.tail.position) >= 0;
      res.json({ epoch: replication.epoch, committed, role: replication.role });
    })
    .all(methodNotAllowed('POST'));
  return router;
}
