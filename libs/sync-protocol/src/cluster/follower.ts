import {
  comparePositions,
  LogError,
  type LogErrorCode,
  NO_CLUSTER,
  NOBODY,
  type OrderedLog,
  START,
} from '@hooklog/ordered-log';
import type { ReplicaBatch, Tail } from '@hooklog/ordered-log';
import type { AppendAnswer, AppendOutcome, AppendRequest } from '../append-codec';
import type { RecordsAnswer, RecordsRequest } from '../records-codec';
import { SyncError } from '../sync-error';

/** What the leader can go on from; every other failure is an error of the request. */
const OUTCOMES: Partial<Record<LogErrorCode, AppendOutcome>> = {
  GAP: 'gap',
  DIVERGED: 'diverged',
  STALE_EPOCH: 'stale',
  LEADING: 'stale',
};

/**
 * Appends what the leader sent and answers where to go on. Resolves after the records are durable. A writer of an
 * earlier epoch becomes a follower by it, and an end that the leader's log does not have is cut.
 * @throws SyncError `STORE_CHANGED` when the leader means another store; LogError for the rest
 */
export async function answerAppend(log: OrderedLog, request: AppendRequest): Promise<AppendAnswer> {
  refuseOtherStore(log, request.store);
  if (log.cluster !== NO_CLUSTER && log.cluster !== request.cluster) return refusal(log, 'foreign');
  try {
    if (log.leading && request.epoch > log.tail.epoch) await log.promise(request.epoch, NOBODY);
    const tail = await takeRecords(log, request);
    const verified = request.records.at(-1)?.position ?? request.previous;
    // whatever was promised while the disk was busy: a leader that is over gets no acknowledgement
    if (log.promised.epoch > request.epoch) return refusal(log, 'stale');
    if (comparePositions(verified, request.commit) >= 0) log.commit(request.commit);
    else log.commit(verified);
    return { ...refusal(log, 'accepted'), verified, ...placeOf(tail) };
  } catch (error) {
    const outcome = error instanceof LogError ? OUTCOMES[error.code] : undefined;
    if (!outcome) throw error;
    return refusal(log, outcome);
  }
}

/** Takes records of a log that this one is to become equal to: an end of its own that differs is cut first. */
export async function takeRecords(log: OrderedLog, batch: ReplicaBatch): Promise<Tail> {
  try {
    return await log.appendReplica(batch);
  } catch (error) {
    if (!(error instanceof LogError) || error.code !== 'DIVERGED' || error.position === undefined)
      throw error;
    await log.cut({ after: error.position, epoch: batch.epoch });
    return log.appendReplica(batch);
  }
}

/** Answers with records behind a place, when this log has it. @throws SyncError `STORE_CHANGED`, LogError */
export async function answerRecords(
  log: OrderedLog,
  { store, previous, previousChain, recordsMax }: RecordsRequest,
  bytesMax: number,
): Promise<RecordsAnswer> {
  refuseOtherStore(log, store);
  if (comparePositions(previous, log.tail.position) > 0) return { outcome: 'gap', records: [] };
  const chain = await log.chainAt(previous);
  if (!chain?.equals(previousChain)) return { outcome: 'diverged', records: [] };
  const records = recordsMax === 0 ? [] : await log.records(previous, { bytesMax, recordsMax });
  return { outcome: 'accepted', records };
}

/** @throws SyncError `STORE_CHANGED` */
export function refuseOtherStore(log: OrderedLog, asked: string): void {
  if (asked === log.store) return;
  throw new SyncError(
    'STORE_CHANGED',
    `node ${log.node} has store ${log.store}, not ${asked}: it registers the new one by itself`,
  );
}

function refusal(log: OrderedLog, outcome: AppendOutcome): AppendAnswer {
  const { tail, promised, incompleteUpTo = START } = log;
  const known = { epoch: tail.epoch, promised: promised.epoch, incompleteUpTo };
  return { outcome, ...known, verified: START, ...placeOf(tail) };
}

function placeOf({ position, chain }: Tail): Pick<AppendAnswer, 'durable' | 'expect' | 'chain'> {
  return { durable: position, expect: position, chain };
}
