import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Request, type Response, Router } from 'express';
import { LogError, type OrderedLog } from '@hooklog/ordered-log';
import {
  type ClusterLogger,
  decodeAppend,
  decodePromiseRequest,
  decodeRecordsRequest,
  encodeAnswer,
  encodePromiseAnswer,
  encodeRecordsAnswer,
  SyncError,
} from '@hooklog/sync-protocol';
import { AppendOutcomes } from './append-outcome';
import { PEER_LIMITS, type PeerLimits } from './limits';
import type { Replication } from './replication';
import { discardRest, readPeerBody } from './request-body';
import {
  APPEND_PATH,
  APPEND_TYPE,
  ENTRIES_PATH,
  ID_LIST_PATH,
  PENDING_PATH,
  PROMISE_PATH,
  PROMISE_TYPE,
  RECONCILE_PATH,
  RECORDS_PATH,
  RECORDS_TYPE,
} from './routes';
import { answerComparison, answerEntries } from './reconcile-route';
import { answerIdList, answerPending } from './stream-routes';

export interface PeerRouterOptions {
  readonly replication: Pick<Replication, 'answerAppend' | 'answerPromise' | 'answerRecords'>;
  readonly log: OrderedLog;
  readonly now: () => number;
  readonly logger: ClusterLogger;
  /** the same body within this time is the same event, seconds */
  readonly dedupWindowSeconds: number;
  /** ends the live streams */
  readonly stop: AbortSignal;
  readonly limits?: Partial<PeerLimits>;
}

export interface PeerContext extends Omit<PeerRouterOptions, 'limits'> {
  readonly limits: PeerLimits;
}

/** Nothing in it knows Express. */
export type PeerRoute = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * What POST APPEND_PATH does: the one request between nodes that comes in great numbers, so that a node may have a way
 * of its own to it. Rejects before it has begun to answer.
 */
export function answerAppends({
  limits,
  ...options
}: Pick<PeerRouterOptions, 'replication' | 'logger' | 'limits'>): PeerRoute {
  const all = { ...PEER_LIMITS, ...limits };
  return atMost(all.appendsMax, overloaded, appendRoute({ ...options, limits: all }));
}

/**
 * What a node answers to the others, whatever its role: append, promise, records, comparisons, the entries that one
 * lacks, the pending stream, the id-list diff. Checks no signature of a head: `PeerGuard` stands in front.
 * @param append what answers appends, where it is not reached through this router alone
 */
export function peerRouter(options: PeerRouterOptions, append = answerAppends(options)): Router {
  const context = { ...options, limits: { ...PEER_LIMITS, ...options.limits } };
  const { appendsMax, answersMax } = context.limits;
  // One listener per open answer, removed with it: more than ten are no leak.
  setMaxListeners(0, options.stop);
  const router = Router();
  router.post(APPEND_PATH, append);
  router.post(PROMISE_PATH, atMost(appendsMax, overloaded, promiseRoute(context)));
  router.post(RECORDS_PATH, atMost(appendsMax, overloaded, recordsRoute(context)));
  router.post(
    RECONCILE_PATH,
    atMost(appendsMax, overloaded, (request: Request, response: Response) =>
      answerComparison(context, request, response),
    ),
  );
  router.post(
    ENTRIES_PATH,
    atMost(answersMax, overloaded, (request: Request, response: Response) =>
      answerEntries(context, request, response),
    ),
  );
  router.get(
    PENDING_PATH,
    atMost(answersMax, overloaded, (request: Request, response: Response) =>
      answerPending(context, request, response),
    ),
  );
  router.post(
    ID_LIST_PATH,
    atMost(answersMax, syncRunning, (request: Request, response: Response) =>
      answerIdList(context, request, response),
    ),
  );
  return router;
}

/** Refuses what is asked while `max` answers are being given. */
function atMost<Asked extends IncomingMessage, Answered extends ServerResponse>(
  max: number,
  refusal: (max: number) => Error,
  route: (request: Asked, response: Answered) => Promise<void>,
): (request: Asked, response: Answered) => Promise<void> {
  let running = 0;
  return async (request, response) => {
    if (running >= max) {
      discardRest(request);
      throw refusal(max);
    }
    running += 1;
    try {
      await route(request, response);
    } finally {
      running -= 1;
    }
  };
}

type Route = (request: Request, response: Response) => Promise<void>;

function overloaded(max: number): LogError {
  return new LogError('OVERLOADED', `${max} requests of this kind are being answered already`);
}

function syncRunning(max: number): SyncError {
  return new SyncError('SYNC_RUNNING', `${max} id lists are being answered already`);
}

function appendRoute({
  replication,
  limits,
  logger,
}: Pick<PeerContext, 'replication' | 'limits' | 'logger'>): PeerRoute {
  const outcomes = new AppendOutcomes(logger);
  return async (request, response) => {
    const body = await readPeerBody(request, limits.appendBytesMax, limits);
    const append = decodeAppend(body, { recordsMax: limits.batchRecordsMax });
    const answer = await replication.answerAppend(append);
    outcomes.note(append, answer);
    const bytes = encodeAnswer(answer);
    response.writeHead(200, { 'content-type': APPEND_TYPE, 'content-length': bytes.length });
    response.end(bytes);
  };
}

function promiseRoute({ replication, limits, logger }: PeerContext): Route {
  return async (request, response) => {
    const promise = decodePromiseRequest(await readPeerBody(request, limits.smallBytesMax, limits));
    const answer = await replication.answerPromise(promise);
    if (!promise.dry) {
      const { epoch, candidate } = promise;
      const { granted, promised } = answer;
      logger.info({ epoch, candidate, granted, promised }, 'a node asked for the promise of an epoch');
    }
    response.type(PROMISE_TYPE).send(encodePromiseAnswer(answer));
  };
}

function recordsRoute({ replication, limits }: PeerContext): Route {
  return async (request, response) => {
    const asked = decodeRecordsRequest(await readPeerBody(request, limits.smallBytesMax, limits));
    response.type(RECORDS_TYPE).send(encodeRecordsAnswer(await replication.answerRecords(asked)));
  };
}
