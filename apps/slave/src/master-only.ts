import { RequestError } from '@hooklog/service';
import { Router } from 'express';

const MASTER_ONLY = ['/secondaries', '/secondaries/:id', '/trigger_sync', '/register'];

/** What only the master does: a slave says so, and where the master is, instead of a 404. */
export function masterOnlyRoutes({ masterUrl }: { readonly masterUrl: string }): Router {
  const router = Router();
  router.all(MASTER_ONLY, (req) => {
    throw new RequestError('NOT_MASTER', `This node is a slave: ask ${masterUrl}${req.path}.`, {
      members: { master: masterUrl },
    });
  });
  return router;
}
