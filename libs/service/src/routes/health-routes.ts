import type { OrderedLog } from '@hooklog/ordered-log';
import { type Request, type Response, Router } from 'express';
import { methodNotAllowed } from '../http/routes';
import type { Stop } from '../process/stop';
import type { DiskGuard } from '../store/disk-guard';
import { CommitWatch } from './commit-watch';

export interface HealthRoutesOptions {
  readonly log: OrderedLog;
  /** at the time of the request */
  readonly role: () => 'master' | 'slave';
  readonly now: () => number;
  readonly disk: DiskGuard;
  readonly stop: Stop;
  /** what a role knows beyond this: for people, it never makes a node unready */
  readonly more?: () => Readonly<Record<string, unknown>>;
}

type Reason = 'STOPPING' | 'STORE_FAILED' | 'DISK_FULL';

/**
 * /livez: the process answers. /readyz: the node takes webhooks, or 503 with the reasons why not.
 * /healthcheck: HEALTHY, or in JSON who this node is and how far its log is.
 */
export function healthRoutes(options: HealthRoutesOptions): Router {
  const { log, role, now, stop, more = () => ({}) } = options;
  const commits = CommitWatch.start(log, now, stop.signal);
  const router = Router();
  const known = (): object => ({ node: log.node, role: role(), store: log.store });
  router
    .route('/livez')
    .get((_req, res) => void res.json({ status: 'alive' }))
    .all(methodNotAllowed('GET', 'HEAD'));
  router
    .route('/readyz')
    .get(async (_req, res) => {
      const reasons = await reasonsAgainst(options);
      const lastFsyncAgeMs = commits.lastAt === null ? null : now() - commits.lastAt;
      const state = { status: reasons.length === 0 ? 'ready' : 'unready', reasons };
      answer(res, reasons, { ...state, ...known(), lastFsyncAgeMs, pending: log.pendingEntries, ...more() });
    })
    .all(methodNotAllowed('GET', 'HEAD'));
  router
    .route('/healthcheck')
    .get((req, res) => {
      const reasons: Reason[] = log.health === 'ok' ? [] : ['STORE_FAILED'];
      res.vary('accept');
      if (wantsText(req)) return answerText(res, reasons);
      const status = reasons.length === 0 ? 'ok' : 'failed';
      answer(res, reasons, { status, ...known(), ...placeOf(log), pending: log.pendingEntries, ...more() });
    })
    .all(methodNotAllowed('GET', 'HEAD'));
  return router;
}

async function reasonsAgainst({ log, disk, stop }: HealthRoutesOptions): Promise<Reason[]> {
  // nobody sends webhooks to an unready node, so that none would make a failed store open anew
  await disk
    .admit()
    .then(() => log.recover())
    .catch(() => undefined);
  const held: [Reason, boolean][] = [
    ['STOPPING', stop.stopping],
    ['STORE_FAILED', log.health !== 'ok'],
    ['DISK_FULL', disk.full],
  ];
  return held.filter(([, holds]) => holds).map(([reason]) => reason);
}

function placeOf({ tail, committed }: OrderedLog): object {
  return {
    sequence: tail.position.sequence,
    n: tail.position.n,
    epoch: tail.epoch,
    committed: committed.sequence,
    chain: tail.chain.toString('hex'),
  };
}

/** curl and browsers take anything, and read one word, as the older service said it; JSON is for who names it, or nothing. */
function wantsText(req: Request): boolean {
  return req.get('accept') !== undefined && req.accepts(['text/plain', 'application/json']) === 'text/plain';
}

function answer(res: Response, reasons: readonly Reason[], body: object): void {
  statusOf(res, reasons).json(body);
}

function answerText(res: Response, reasons: readonly Reason[]): void {
  statusOf(res, reasons)
    .type('text/plain')
    .send(reasons[0] ?? 'HEALTHY');
}

function statusOf(res: Response, reasons: readonly Reason[]): Response {
  return reasons.length === 0 ? res : res.status(503).set('retry-after', '2');
}
