import type { OrderedLog } from '@hooklog/ordered-log';
import { type Request, type Response, Router } from 'express';
import { methodNotAllowed } from '../http/routes';
import type { Readiness, Trouble } from '../process/readiness';

export interface HealthRoutesOptions {
  readonly log: OrderedLog;
  /** at the time of the request */
  readonly role: () => 'master' | 'slave';
  readonly now: () => number;
  readonly readiness: Readiness;
  /** ms since the epoch; null: nothing was written since the start */
  readonly lastFsyncAt: () => number | null;
  /** what is wrong although the node takes webhooks */
  readonly warnings?: () => readonly Trouble[];
  /** what a role knows beyond this: for people, it never makes a node unready */
  readonly more?: () => Readonly<Record<string, unknown>>;
}

/**
 * /livez: the process answers. /readyz: the node takes webhooks, or 503 with the reasons why not; and warnings of what
 * is wrong beside that.
 * /healthcheck: HEALTHY, or in JSON who this node is and how far its log is.
 */
export function healthRoutes(options: HealthRoutesOptions): Router {
  const { log, role, now, readiness, lastFsyncAt, warnings = () => [], more = () => ({}) } = options;
  const router = Router();
  const known = (): object => ({ node: log.node, role: role(), store: log.store });
  router
    .route('/livez')
    .get((_req, res) => void res.json({ status: 'alive' }))
    .all(methodNotAllowed('GET', 'HEAD'));
  router
    .route('/readyz')
    .get(async (_req, res) => {
      const reasons = await readiness.ask();
      const at = lastFsyncAt();
      const lastFsyncAgeMs = at === null ? null : now() - at;
      const status = reasons.length === 0 ? 'ready' : 'unready';
      const state = { status, reasons, warnings: warnings(), ...known(), lastFsyncAgeMs };
      answer(res, status === 'ready', { ...state, pending: log.pendingEntries, ...more() });
    })
    .all(methodNotAllowed('GET', 'HEAD'));
  router
    .route('/healthcheck')
    .get((req, res) => {
      const isWell = log.health === 'ok';
      res.vary('accept');
      if (wantsText(req)) return answerText(res, isWell);
      const status = isWell ? 'ok' : 'failed';
      answer(res, isWell, { status, ...known(), ...placeOf(log), pending: log.pendingEntries, ...more() });
    })
    .all(methodNotAllowed('GET', 'HEAD'));
  return router;
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

function answer(res: Response, isWell: boolean, body: object): void {
  statusOf(res, isWell).json(body);
}

function answerText(res: Response, isWell: boolean): void {
  statusOf(res, isWell)
    .type('text/plain')
    .send(isWell ? 'HEALTHY' : 'STORE_FAILED');
}

function statusOf(res: Response, isWell: boolean): Response {
  return isWell ? res : res.status(503).set('retry-after', '2');
}
