import { Registration } from '@hooklog/http-peer';
import type { OrderedLog } from '@hooklog/ordered-log';
import {
  closeServer,
  createServer,
  isLoopback,
  listen,
  type NodeParts,
  openNode,
  type ServerLimits,
  serverLimitsOf,
  serviceToken,
  startOrClose,
  type Stop,
} from '@hooklog/service';
import { createApp, type MasterContact } from './app';
import { selfUrlOf, type SlaveSettings } from './settings';

export interface StartOptions extends NodeParts<SlaveSettings> {
  readonly serverLimits?: Partial<ServerLimits>;
}

export interface RunningSlave {
  readonly port: number;
  readonly log: OrderedLog;
  readonly registration: Registration;
  readonly stop: Stop;
}

const NO_CONTACT: MasterContact = { registered: false, lastContactAt: null };

/** Opens the log, serves it, registers at the master. What was opened is closed again when a later step fails. */
export function startSlave(options: StartOptions): Promise<RunningSlave> {
  return startOrClose(options, (stop) => start(options, stop));
}

async function start(options: StartOptions, stop: Stop): Promise<RunningSlave> {
  const { settings, now, logger, serverLimits } = options;
  const { log, disk } = await openNode(options, stop);
  logger.info({ sequence: log.tail.position.sequence, pending: log.pendingEntries }, 'log open, following');

  // the port is known only once the server listens, so the app meets its registration later
  let registration: Registration | undefined = undefined;
  const onContact = (): void => registration?.contact();
  const contact = (): MasterContact => registration ?? NO_CONTACT;
  const app = createApp({ log, disk, stop, now, logger, settings, onContact, contact });
  const server = createServer(app, { ...serverLimitsOf(settings), ...serverLimits });
  stop.closes('server', () => closeServer(server));
  const port = await listen(server, settings.HOST, settings.PORT);

  registration = register(options, log, port);
  stop.closes('registration', () => registration?.stop());
  return { port, log, registration, stop };
}

function register(
  { settings, now, random, logger }: StartOptions,
  log: OrderedLog,
  port: number,
): Registration {
  if (settings.SELF_URL === undefined && !isLoopback(settings.HOST)) {
    logger.warn(
      { host: settings.HOST },
      'SELF_URL is not set: only a master on this machine reaches this slave',
    );
  }
  const token = serviceToken(settings.CLUSTER_SECRET ?? '');
  const selfUrl = selfUrlOf(settings, port);
  return Registration.start({ masterUrl: settings.MASTER_URL, selfUrl, log, token, now, random, logger });
}
