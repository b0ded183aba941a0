import type { Replication } from '@hooklog/http-peer';
import { integerIn, methodNotAllowed, printSeconds } from '@hooklog/service';
import { Router } from 'express';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
const SETTLE_SECONDS = { min: 0, max: 365 * 86_400 };

export interface MemberRoutesOptions {
  readonly replication: Replication;
  readonly now: () => number;
}

/**
 * GET /secondaries, DELETE /secondaries/:id, POST /trigger_sync?settle= (seconds), and GET /secondary/list as the
 * older write-concern service has it. The app puts the token check in front.
 */
export function memberRoutes({ replication, now }: MemberRoutesOptions): Router {
  const router = Router();
  router
    .route('/secondaries')
    .get((_req, res) => void res.json({ secondaries: replication.secondaries() }))
    .all(methodNotAllowed('GET', 'HEAD'));
  router
    .route('/secondary/list')
    .get((_req, res) => void res.json({ data: replication.secondaries().map((each) => listed(each, now())) }))
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

type Status = ReturnType<Replication['secondaries']>[number];

/** `status` is 1 while it is HEALTHY, else 0. Who never answered was never healthy. */
function listed({ id, url, health, since, sequence }: Status, now: number): object {
  const { hostname: host, port, protocol } = new URL(url);
  const healthy = health === 'HEALTHY';
  const lastHealthyAt = healthy ? now : since;
  const neverSeen = !healthy && sequence === null;
  return {
    id,
    host,
    port: port === '' ? DEFAULT_PORTS[protocol] : Number(port),
    status: healthy ? 1 : 0,
    last_healthy_status: neverSeen ? null : printSeconds(lastHealthyAt),
    last_status_change: printSeconds(since),
  };
}
