import { type OrderedLog, type Position, START } from '@hooklog/ordered-log';
import type { ClusterLogger } from './cluster-logger';
import { SyncError } from '../sync-error';
import { failureOf } from './failure';
import type { PeerLink, Ports } from './ports';
import { Rest } from './waiting';

/** A node whose log is known to be equal to this one as far as it goes. */
export interface RepairSource {
  readonly node: string;
  readonly store: string;
  readonly url: string;
}

export interface ScrubOptions {
  readonly log: OrderedLog;
  readonly ports: Ports;
  readonly logger: ClusterLogger;
  readonly stop: AbortSignal;
  /** between two pages */
  readonly pauseMs: number;
  /** Who may have what is damaged at a place here. */
  readonly sources: (at: Position) => readonly RepairSource[];
  /** Whether something is damaged that nobody could repair so far. */
  readonly onDamage: (damaged: boolean) => void;
}

/** Reads the whole log again and again, page by page, and has damaged records repaired from a peer. */
export async function scrubLoop(options: ScrubOptions): Promise<void> {
  const { log, ports, stop, pauseMs } = options;
  const rest = new Rest(stop, ports.after);
  let damaged = false;
  for (let after: Position = START; !stop.aborted;) {
    await rest.for(pauseMs);
    if (stop.aborted) return;
    try {
      const page = await log.scrub(after);
      for (const place of page.damaged) damaged = !(await repaired(options, place)) || damaged;
      if (damaged) options.onDamage(true);
      else if (page.done) options.onDamage(false);
      after = page.done ? START : page.through;
      if (page.done) damaged = false;
    } catch (error) {
      if (!stop.aborted) options.logger.warn({ ...failureOf(error), after }, 'the log could not be scrubbed');
    }
  }
}

/** @param previous place before the damaged record */
async function repaired(options: ScrubOptions, previous: Position): Promise<boolean> {
  const { log, logger, ports, sources, stop } = options;
  const failures: string[] = [];
  for (const source of sources(previous)) {
    const link = ports.connect(source);
    try {
      await repairFrom(log, link, source.store, previous, stop);
      logger.warn(
        { peer: source.node, after: previous },
        `a damaged record was repaired from ${source.node}`,
      );
      return true;
    } catch (error) {
      failures.push(`${source.node}: ${failureOf(error).message}`);
    } finally {
      link.close();
    }
  }
  logger.error(
    { after: previous, failures },
    'the record behind this place is damaged and no peer could repair it: look at the disk; it is tried again',
  );
  return false;
}

async function repairFrom(
  log: OrderedLog,
  link: PeerLink,
  store: string,
  previous: Position,
  stop: AbortSignal,
): Promise<void> {
  const previousChain = await log.chainAt(previous);
  if (previousChain === undefined)
    throw new SyncError('PEER_REFUSED', `sequence ${previous.sequence} is missing here, too`);
  const { outcome, records } = await link.records({ store, previous, previousChain, recordsMax: 1 }, stop);
  const [record] = records;
  if (outcome !== 'accepted' || record === undefined)
    throw new SyncError('PEER_REFUSED', `it has no such record (${outcome})`);
  await log.repair(record);
}
