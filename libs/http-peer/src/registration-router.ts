import { type Request, type Response, Router } from 'express';
import { parseMember, SyncError } from '@hooklog/sync-protocol';
import { PEER_LIMITS } from './limits';
import type { Replication } from './replication';
import { readBody } from './request-body';
import { REGISTER_PATH } from './routes';

const BODY_LIMITS = { bytesMax: PEER_LIMITS.smallBytesMax, silenceMs: PEER_LIMITS.streamSilenceMs };

/**
 * `POST /register {node, store, url}` → 200 `{node, epoch}` of the master. Elsewhere SyncError `NOT_LEADING`: the app
 * answers it as a problem with the URL of the `master`, where whoever registers goes on. `PeerGuard` stands in front.
 */
export function registrationRouter({ replication }: { readonly replication: Replication }): Router {
  const router = Router();
  router.post(REGISTER_PATH, async (request: Request, response: Response) => {
    const body = await readBody(request, BODY_LIMITS, 'BAD_REGISTRATION');
    await replication.register(parseMember(parseJson(body)));
    response.json({ node: replication.node, epoch: replication.epoch });
  });
  return router;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new SyncError('BAD_REGISTRATION', 'a registration is a JSON object {"node", "store", "url"}');
  }
}
