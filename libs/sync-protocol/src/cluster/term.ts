import { hasNextStart, type OrderedLog } from '@hooklog/ordered-log';
import { backoffMs } from '../backoff';
import type { ClusterLogger } from './cluster-logger';
import { failureOf } from './failure';
import type { Leader } from './leader';
import type { ClusterLimits } from './limits';
import type { Ports } from './ports';
import { Rest } from './waiting';

export interface TermOptions {
  readonly log: OrderedLog;
  readonly ports: Ports;
  readonly limits: ClusterLimits;
  readonly logger: ClusterLogger;
  readonly stop: AbortSignal;
}

/** Whether this log's last epoch is of its own store's term: nobody else begins epochs of that. */
export function ownsTerm(log: OrderedLog): boolean {
  const { tail, promised, writer, incompleteUpTo } = log;
  const own = writer?.store === log.store && promised.epoch === tail.epoch;
  return own && incompleteUpTo === undefined && hasNextStart(tail.epoch);
}

/**
 * Makes the log lead, and a leader of it. Once the log leads, whatever fails behind that is tried again, in another
 * start of the term: a log that leads and a node that does not would give sequences that nobody follows.
 * @param promised the epoch that a majority promised to this node; none: the next one of the term that it owns
 */
export async function beginTerm(
  { log, ports, limits, logger, stop }: TermOptions,
  promised: number | undefined,
  start: (epoch: number) => Promise<Leader>,
): Promise<Leader> {
  const rest = new Rest(stop, ports.after);
  for (let failures = 0; ;) {
    try {
      return await start(await log.lead(failures === 0 ? promised : await nextStart(log)));
    } catch (error) {
      const again = (): boolean => log.leading && hasNextStart(log.tail.epoch) && !stop.aborted;
      if (!again()) throw error;
      logger.warn(failureOf(error), 'this node leads, but could not begin to: it is tried again');
      await rest.for(backoffMs((failures += 1), ports.random(), limits));
      if (!again()) throw error;
    }
  }
}

/** Promised to itself: whatever else is promised meanwhile takes it away. */
async function nextStart(log: OrderedLog): Promise<number> {
  const epoch = log.tail.epoch + 1;
  await log.promise(epoch, log.store);
  return epoch;
}
