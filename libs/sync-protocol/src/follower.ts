import { LogError, type LogErrorCode, type OrderedLog, START } from '@hooklog/ordered-log';
import type { AppendAnswer, AppendOutcome, AppendRequest } from './append-codec';
import { SyncError } from './sync-error';

/** What the leader can go on from; every other failure is an error of the request. */
const OUTCOMES: Partial<Record<LogErrorCode, AppendOutcome>> = {
  GAP: 'gap',
  DIVERGED: 'diverged',
  STALE_EPOCH: 'stale',
};

/**
 * Appends what the leader sent and answers where to go on. Resolves after the records are durable.
 * @throws SyncError `STORE_CHANGED` when the leader means another store; LogError for the rest
 */
export async function answerAppend(log: OrderedLog, request: AppendRequest): Promise<AppendAnswer> {
  if (request.store !== log.store) throw storeChanged(log, request.store);
  try {
    const tail = await log.appendReplica(request);
    const verified = request.records.at(-1)?.position ?? request.previous;
    return { outcome: 'accepted', epoch: tail.epoch, verified, ...placeOf(tail) };
  } catch (error) {
    const outcome = error instanceof LogError ? OUTCOMES[error.code] : undefined;
    if (!outcome) throw error;
    return { outcome, epoch: log.tail.epoch, verified: START, ...placeOf(log.tail) };
  }
}

export function storeChanged(log: OrderedLog, asked: string): SyncError {
  return new SyncError(
    'STORE_CHANGED',
    `node ${log.node} has store ${log.store}, not ${asked}: it registers the new one by itself`,
  );
}

function placeOf({
  position,
  chain,
}: OrderedLog['tail']): Pick<AppendAnswer, 'durable' | 'expect' | 'chain'> {
  return { durable: position, expect: position, chain };
}
