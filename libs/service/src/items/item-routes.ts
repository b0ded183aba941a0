import { Router } from 'express';
import type { BodyReader } from '../http/body-reader';
import { methodNotAllowed } from '../http/routes';
import { refuseOtherCharset } from '../routes/json-body';
import type { DiskGuard } from '../store/disk-guard';
import { readItem } from './item-body';
import type { ItemLog } from './item-log';

export interface ItemRoutesOptions {
  readonly items: ItemLog;
  readonly bodies: Pick<BodyReader, 'read'>;
  readonly disk: DiskGuard;
}

/** POST /replicate-item, from the master of an older replicated log. The app puts the token check in front. */
export function itemRoutes({ items, bodies, disk }: ItemRoutesOptions): Router {
  const router = Router();
  router
    .route('/replicate-item')
    .post(async (req, res) => {
      refuseOtherCharset(req);
      await disk.admit();
      const taken = await items.take(readItem(await bodies.read(req, res)));
      res.status(201).json(taken);
    })
    .all(methodNotAllowed('POST'));
  return router;
}
