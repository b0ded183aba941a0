import { setMaxListeners } from 'node:events';
import { type Request, type Response, Router } from 'express';
import { LogError, type OrderedLog } from '@hooklog/ordered-log';
import {
  answerAppend,
  decodeAppend,
  encodeAnswer,
  openIdList,
  type SecondsRange,
  storeChanged,
  SyncError,
} from '@hooklog/sync-protocol';
import { type DiffAnswer, writeMissingFrames, writeMissingLines } from './diff-answer';
import { PEER_LIMITS, type PeerLimits } from './limits';
import { PacedWriter } from './paced-writer';
import type { PeerLogger } from './peer-logger';
import { writePending } from './pending-answer';
import { chunksWhile, discardRest, readBody } from './request-body';
import { APPEND_PATH, APPEND_TYPE, FRAMES_TYPE, ID_LIST_PATH, NDJSON_TYPE, PENDING_PATH } from './routes';

export interface FollowerRouterOptions {
  readonly log: OrderedLog;
  readonly now: () => number;
  readonly logger: PeerLogger;
  /** the same body within this time is the same event, seconds */
  readonly dedupWindowSeconds: number;
  /** called on each append from the master that was for this store */
  readonly onContact?: () => void;
  /** ends the live streams */
  readonly stop: AbortSignal;
  readonly limits?: Partial<PeerLimits>;
}

interface FollowerContext extends Omit<FollowerRouterOptions, 'limits'> {
  readonly limits: PeerLimits;
}

/** The flat form of an id list without a range means these seconds before now. */
const DEFAULT_RANGE_SECONDS = { from: 300, to: 60 };

/** What a slave answers to its master: append, the pending stream and the id-list diff. Checks no token. */
export function followerRouter(options: FollowerRouterOptions): Router {
  const context = { ...options, limits: { ...PEER_LIMITS, ...options.limits } };
  const { appendsMax, answersMax } = context.limits;
  // One listener per open answer, removed with it: more than ten are no leak.
  setMaxListeners(0, options.stop);
  const router = Router();
  router.post(APPEND_PATH, atMost(appendsMax, overloaded, appendRoute(context)));
  router.get(
    PENDING_PATH,
    atMost(answersMax, overloaded, (request, response) => answerPending(context, request, response)),
  );
  router.post(
    ID_LIST_PATH,
    atMost(answersMax, syncRunning, (request, response) => answerIdList(context, request, response)),
  );
  return router;
}

type Route = (request: Request, response: Response) => Promise<void>;

/** Refuses what is asked while `max` answers are being given. */
function atMost(max: number, refusal: (max: number) => Error, route: Route): Route {
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

function overloaded(max: number): LogError {
  return new LogError('OVERLOADED', `${max} requests of this kind are being answered already`);
}

function syncRunning(max: number): SyncError {
  return new SyncError('SYNC_RUNNING', `${max} id lists are being answered already`);
}

function appendRoute({ log, limits, logger, onContact }: FollowerContext): Route {
  let outcomeBefore = '';
  return async (request, response) => {
    const bodyLimits = { bytesMax: limits.appendBytesMax, silenceMs: limits.streamSilenceMs };
    const body = await readBody(request, bodyLimits, 'BAD_FRAME');
    const append = decodeAppend(body, { recordsMax: limits.batchRecordsMax });
    const answer = await answerAppend(log, append);
    onContact?.();
    if (answer.outcome !== outcomeBefore) tellOutcome(logger, answer.outcome, append.epoch, answer.expect);
    outcomeBefore = answer.outcome;
    response.type(APPEND_TYPE).send(encodeAnswer(answer));
  };
}

function tellOutcome(logger: PeerLogger, outcome: string, epoch: number, expect: object): void {
  const fields = { outcome, epoch, expect };
  if (outcome === 'accepted') logger.info(fields, 'following the master');
  else if (outcome === 'gap')
    logger.info(fields, 'the master sends from beyond this log; it was told where to go on');
  else if (outcome === 'stale')
    logger.error(fields, 'refused a master of an older epoch: stop it, or it stays without this slave');
  else
    logger.error(
      fields,
      'the master has another history than this log: nothing was overwritten, compare both before going on',
    );
}

async function answerPending(
  { log, now, stop, limits, logger }: FollowerContext,
  request: Request,
  response: Response,
) {
  checkStore(log, request.query['store']);
  const after = wholeNumber(request.query['after'] ?? '0', 'after', Number.MAX_SAFE_INTEGER, 'BAD_FRAME');
  response.status(200).type(FRAMES_TYPE).flushHeaders();
  await streamAnswer({ response, stop, limits, logger }, (writer) =>
    writePending({ log, after, writer, now, limits }),
  );
}

async function answerIdList(context: FollowerContext, request: Request, response: Response): Promise<void> {
  const { log, now, stop, limits, logger } = context;
  if (request.query['store'] !== undefined) checkStore(log, request.query['store']);
  const frames = request.accepts([NDJSON_TYPE, FRAMES_TYPE]) === FRAMES_TYPE;
  const write: (answer: DiffAnswer) => Promise<void> = frames ? writeMissingFrames : writeMissingLines;
  try {
    await streamAnswer({ response, stop, limits, logger }, async (writer) => {
      const list = await openIdList(
        chunksWhile(request, writer.gone, { silenceMs: limits.streamSilenceMs, code: 'BAD_ID_LIST' }),
      );
      const range = list.range ?? rangeOf(request, now());
      response.status(200).type(frames ? FRAMES_TYPE : NDJSON_TYPE);
      await write({ ...context, range, listed: list.ids, writer });
    });
  } finally {
    discardRest(request);
  }
}

interface StreamedAnswer {
  readonly response: Response;
  readonly stop: AbortSignal;
  readonly limits: PeerLimits;
  readonly logger: PeerLogger;
}

/** Ends the answer when all is written. A failure is thrown while an error can still be answered, else it cuts. */
async function streamAnswer(
  { response, stop, limits, logger }: StreamedAnswer,
  write: (writer: PacedWriter) => Promise<void>,
): Promise<void> {
  const writer = new PacedWriter(response, stop, limits.streamSilenceMs);
  try {
    await write(writer);
    response.end();
  } catch (error) {
    const left = writer.gone.aborted;
    if (!response.headersSent && !response.destroyed) throw stop.aborted ? stopping() : error;
    if (!left) logger.warn({ err: error }, 'an answer to a peer was cut, it may ask again');
    response.destroy();
  } finally {
    writer.release();
  }
}

function stopping(): LogError {
  return new LogError('CLOSED', 'this node is stopping: ask again when it is back');
}

function checkStore(log: OrderedLog, store: unknown): void {
  if (typeof store !== 'string') throw new SyncError('BAD_FRAME', 'the query names no store');
  if (store !== log.store) throw storeChanged(log, store);
}

function rangeOf({ query }: Request, nowMs: number): SecondsRange {
  const nowSeconds = Math.floor(nowMs / 1000);
  const start = query['slave_range_start'] ?? String(nowSeconds - DEFAULT_RANGE_SECONDS.from);
  const end = query['slave_range_end'] ?? String(nowSeconds - DEFAULT_RANGE_SECONDS.to);
  const range = {
    start: wholeNumber(start, 'slave_range_start', 0xffff_ffff, 'BAD_ID_LIST'),
    end: wholeNumber(end, 'slave_range_end', 0xffff_ffff, 'BAD_ID_LIST'),
  };
  if (range.start > range.end)
    throw new SyncError('BAD_ID_LIST', 'slave_range_end is before slave_range_start');
  return range;
}

function wholeNumber(value: unknown, name: string, max: number, code: 'BAD_FRAME' | 'BAD_ID_LIST'): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (!(number <= max)) throw new SyncError(code, `${name} is a whole number from 0 to ${max}`);
  return number;
}
