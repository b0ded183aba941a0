import { RequestError } from '@hooklog/service';
import { type RequestHandler, Router } from 'express';

const MASTER_ONLY = ['/secondaries', '/secondaries/:id', '/trigger_sync', '/register', '/insert'];
const MESSAGES = ['/messages', '/messages/:wc'];

/** What only the master does: a slave says so, and where the master is, instead of a 404. */
export function masterOnlyRoutes({ masterUrl }: { readonly masterUrl: string }): Router {
  const router = Router();
  const refuse: RequestHandler = (req) => {
    throw new RequestError('NOT_MASTER', `This node is a slave: ask ${masterUrl}${req.path}.`, {
      members: { master: masterUrl },
    });
  };
  router.all(MASTER_ONLY, refuse);
  router.post(MESSAGES, refuse).put('/messages', refuse);
  return router;
}
