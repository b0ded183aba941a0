import { setTimeout } from 'node:timers/promises';
import { OrderedLog } from '@hooklog/ordered-log';
import { LoopTurns } from '../http/loop-turns';
import { Overload } from '../http/overload';
import { Measures } from '../measures/measures';
import { DiskGuard } from '../store/disk-guard';
import { logStoreHealth } from '../store/store-health';
import type { NodeParts } from './run-node';
import { Stop } from './stop';

/** Settings that say how a node keeps its log. */
interface LogSettings {
  readonly NODE_ID: string;
  readonly DATA_DIR: string;
  readonly DEDUP_WINDOW_SECONDS: number;
  readonly DISK_FREE_MIN_MIB: number;
}

/** How long a log has to be idle before its index is written. */
const IDLE_MS = 100;

export interface OpenedNode {
  readonly log: OrderedLog;
  readonly disk: DiskGuard;
  readonly overload: Overload;
  readonly measures: Measures;
}

const LEARNING =
  'this store was damaged: what is behind the damage was given up and comes again from the others; until then this node takes webhooks, but does not vote, lead or count. Look at the disk';

/** Opens the log of a node, guards its disk, watches its load, and tells when its store fails. `stop` closes it. */
export async function openNode(
  { settings, store, now, logger }: Omit<NodeParts<LogSettings>, 'random'>,
  stop: Stop,
): Promise<OpenedNode> {
  const measures = new Measures(now);
  const turns = new LoopTurns();
  const log = await OrderedLog.open({
    ...store,
    node: settings.NODE_ID,
    dedupWindowSeconds: settings.DEDUP_WINDOW_SECONDS,
    onDamage: 'learn',
    observer: measures.log,
    turn: () => turns.next(),
    idle: () => setTimeout(IDLE_MS, undefined, { ref: false }),
  });
  if (log.damage) logger.error(log.damage, LEARNING);
  stop.closes('log', () => log.close());
  logStoreHealth({ log, logger, stop: stop.signal });
  const disk = new DiskGuard({
    folder: settings.DATA_DIR,
    freeMinMib: settings.DISK_FREE_MIN_MIB,
    storeFailed: () => log.health === 'failed',
    now,
    logger,
  });
  const { levelZeroFiles } = store;
  const overload = Overload.start({ levelZeroFiles, logger, stop: stop.signal });
  return { log, disk, overload, measures };
}

/** Starts a node step by step. What was opened is closed again when a later step fails. */
export async function startOrClose<Running>(
  { logger }: Pick<NodeParts<unknown>, 'logger'>,
  start: (stop: Stop) => Promise<Running>,
): Promise<Running> {
  const stop = new Stop();
  try {
    return await start(stop);
  } catch (error) {
    await stop.run(0, logger);
    throw error;
  }
}
