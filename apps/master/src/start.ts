import { Replication } from '@hooklog/http-peer';
import type { OrderedLog } from '@hooklog/ordered-log';
import {
  closeServer,
  createServer,
  listen,
  type NodeParts,
  openNode,
  type ServerLimits,
  serverLimitsOf,
  serviceToken,
  startOrClose,
  type Stop,
} from '@hooklog/service';
import { createApp } from './app';
import type { MasterSettings } from './settings';

export interface StartOptions extends NodeParts<MasterSettings> {
  readonly serverLimits?: Partial<ServerLimits>;
}

export interface RunningMaster {
  readonly port: number;
  readonly log: OrderedLog;
  readonly replication: Replication;
  readonly stop: Stop;
}

/** Opens the log, leads it, serves it. What was opened is closed again when a later step fails. */
export function startMaster(options: StartOptions): Promise<RunningMaster> {
  return startOrClose(options, (stop) => start(options, stop));
}

async function start(options: StartOptions, stop: Stop): Promise<RunningMaster> {
  const { settings, now, random, logger, serverLimits } = options;
  const { log, disk } = await openNode(options, stop);
  const epoch = await log.lead();
  logger.info(
    { epoch, sequence: log.tail.position.sequence, pending: log.pendingEntries },
    'log open, leading',
  );

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
