import { Replication } from '@hooklog/http-peer';
import { OrderedLog } from '@hooklog/ordered-log';
import {
  closeServer,
  createServer,
  DiskGuard,
  listen,
  logStoreHealth,
  type ServerLimits,
  serverLimitsOf,
  serviceToken,
  Stop,
  type Store,
} from '@hooklog/service';
import type { Logger } from 'pino';
import { createApp } from './app';
import type { MasterSettings } from './settings';

export interface StartOptions {
  readonly settings: MasterSettings;
  readonly store: Store;
  readonly now: () => number;
  readonly random: () => number;
  readonly logger: Logger;
  readonly serverLimits?: Partial<ServerLimits>;
}

export interface RunningMaster {
  readonly port: number;
  readonly log: OrderedLog;
  readonly replication: Replication;
  readonly stop: Stop;
}

/** Opens the log, leads it, serves it. What was opened is closed again when a later step fails. */
export async function startMaster(options: StartOptions): Promise<RunningMaster> {
  const stop = new Stop();
  try {
    return await start(options, stop);
  } catch (error) {
    await stop.run(0, options.logger);
    throw error;
  }
}

async function start(
  { settings, store, now, random, logger, serverLimits }: StartOptions,
  stop: Stop,
): Promise<RunningMaster> {
  const log = await OrderedLog.open({
    ...store,
    node: settings.NODE_ID,
    dedupWindowSeconds: settings.DEDUP_WINDOW_SECONDS,
  });
  stop.closes('log', () => log.close());
  logStoreHealth({ log, logger, stop: stop.signal });
  const epoch = await log.lead();
  logger.info(
    { epoch, sequence: log.tail.position.sequence, pending: log.pendingEntries },
    'log open, leading',
  );

  const disk = new DiskGuard({
    folder: settings.DATA_DIR,
    freeMinMib: settings.DISK_FREE_MIN_MIB,
    storeFailed: () => log.health === 'failed',
    now,
    logger,
  });
  const replication = await Replication.start({
    log,
    token: serviceToken(settings.CLUSTER_SECRET ?? ''),
    now,
    random,
    logger,
    admit: () => disk.admit(),
    ...scheduleOf(settings),
  });
  stop.closes('replication', () => replication.stop());

  const app = createApp({ log, replication, disk, stop, now, logger, settings });
  const server = createServer(app, { ...serverLimitsOf(settings), ...serverLimits });
  stop.closes('server', () => closeServer(server));
  const port = await listen(server, settings.HOST, settings.PORT);
  return { port, log, replication, stop };
}

function scheduleOf(settings: MasterSettings) {
  const { COLLECT, SYNC_INTERVAL_SECONDS, SYNC_FROM_SECONDS, SYNC_SETTLE_SECONDS } = settings;
  return {
    collect: COLLECT,
    sync: {
      enabled: SYNC_INTERVAL_SECONDS > 0,
      intervalMs: SYNC_INTERVAL_SECONDS * 1000,
      fromMs: SYNC_FROM_SECONDS * 1000,
      settleMs: SYNC_SETTLE_SECONDS * 1000,
    },
  };
}
