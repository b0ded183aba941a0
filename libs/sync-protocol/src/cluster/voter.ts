import { LogError, type OrderedLog } from '@hooklog/ordered-log';
import type { PromiseAnswer, PromiseRequest } from '../promise-codec';
import { refuseOtherStore } from './follower';

/**
 * Answers a candidate: what this store has, and whether it listens to no earlier writer from now on. Resolves after
 * that is durable; a node that leads leads no longer then. A dry request changes nothing.
 * @throws SyncError `STORE_CHANGED`; LogError for a store that cannot be written
 */
export async function answerPromise(log: OrderedLog, request: PromiseRequest): Promise<PromiseAnswer> {
  refuseOtherStore(log, request.store);
  if (request.dry) return answerOf(log, log.incompleteUpTo === undefined);
  try {
    const tail = await log.promise(request.epoch, request.candidate);
    return { ...answerOf(log, true), ...tail };
  } catch (error) {
    const refused =
      error instanceof LogError && (error.code === 'STALE_EPOCH' || error.code === 'INCOMPLETE');
    if (!refused) throw error;
    return answerOf(log, false);
  }
}

function answerOf(log: OrderedLog, granted: boolean): PromiseAnswer {
  const incomplete = log.incompleteUpTo !== undefined;
  return { granted, incomplete, promised: log.promised.epoch, ...log.tail };
}
