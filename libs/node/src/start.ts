import type { RequestListener } from 'node:http';
import { type PeerAccess, PeerGuard, Registration, Replication } from '@hooklog/http-peer';
import type { OrderedLog } from '@hooklog/ordered-log';
import {
  closeServer,
  createServer,
  isLoopback,
  ItemLog,
  listen,
  type NodeParts,
  openNode,
  readServerTls,
  openSources,
  retryLimitsOf,
  RollbackFiles,
  type ServerLimits,
  serverLimitsOf,
  type ServerTls,
  startOrClose,
  type Stop,
} from '@hooklog/service';
import type { Role } from '@hooklog/sync-protocol';
import { type App, createApp } from './app';
import type { MasterKnowledge } from './not-master';
import { peerAccessOf } from './peer-access';
import { isSameNode, type NodeSettings, selfUrlOf } from './settings';

export interface StartOptions extends NodeParts<NodeSettings> {
  /** What a node with an empty store is. Any other knows from its log. */
  readonly first: Role;
  readonly serverLimits?: Partial<ServerLimits>;
}

export interface RunningNode {
  readonly port: number;
  readonly log: OrderedLog;
  readonly replication: Replication;
  readonly registration: Registration;
  readonly stop: Stop;
  /** reads the sources again; none: there is no file of them */
  readonly reload: (() => Promise<void>) | undefined;
  readonly app: App;
}

/** Opens the log, leads or follows, serves. What was opened is closed again when a later step fails. */
export function startNode(options: StartOptions): Promise<RunningNode> {
  return startOrClose(options, (stop) => start(options, stop));
}

async function start(options: StartOptions, stop: Stop): Promise<RunningNode> {
  const { settings, now, random, logger } = options;
  const limits = { ...serverLimitsOf(settings), ...options.serverLimits };
  const tls = readServerTls(settings);
  const access = peerAccessOf(settings, now);
  const certificates = tls?.clientCa !== undefined;
  const guard = new PeerGuard({ secret: settings.CLUSTER_SECRET, certificates, now });
  const sources = await openSources(options, stop);
  const { log, disk, overload, measures } = await openNode(options, stop);
  const { levelFiles } = options.store;
  const rollbacks = await RollbackFiles.start({
    log,
    dataDir: settings.DATA_DIR,
    now,
    logger,
    stop: stop.signal,
  });
  stop.closes('rollback files', () => rollbacks.stopped());

  // where others reach this node is known once it listens; what arrives before it has its role waits for that
  let ready: (app: RequestListener) => void = () => undefined;
  const listener = new Promise<RequestListener>((resolve) => (ready = resolve));
  const port = await serve(options, listener, stop, { limits, tls });
  const selfUrl = selfUrlOf(settings, port);
  const replication = await replicate(options, { log, url: selfUrl, access, admit: () => disk.admit() });
  stop.closes('replication', () => replication.stop());
  const { role, epoch } = replication;
  logger.info({ role, epoch, sequence: log.tail.position.sequence, pending: log.pendingEntries }, 'log open');

  const registration = register(options, replication, { log, selfUrl, access });
  stop.closes('registration', () => registration.stop());
  const registered = (): boolean => registration.registered;
  const items = new ItemLog({ log, now, logger, registered, stop: stop.signal });
  await items.resume();
  const knowledge = knowledgeOf(replication, settings, selfUrl);
  const app = createApp({
    log,
    replication,
    registration,
    items,
    knowledge,
    sources,
    disk,
    overload,
    guard,
    limits,
    measures,
    levelFiles,
    stop,
    now,
    random,
    logger,
    settings,
  });
  ready(app.listener);
  const reload = sources && (() => sources.file.reload());
  return { port, log, replication, registration, stop, reload, app };
}

async function serve(
  { settings }: StartOptions,
  app: Promise<RequestListener>,
  stop: Stop,
  { limits, tls }: { readonly limits: Partial<ServerLimits>; readonly tls: ServerTls | undefined },
): Promise<number> {
  let listener: RequestListener = (request, response) => {
    void app.then((serving) => void serving(request, response));
  };
  void app.then((serving) => (listener = serving));
  const server = createServer((request, response) => void listener(request, response), limits, tls);
  stop.closes('server', () => closeServer(server));
  return listen(server, settings.HOST, settings.PORT);
}

function replicate(
  { settings, first, now, random, logger }: StartOptions,
  node: {
    readonly log: OrderedLog;
    readonly url: string;
    readonly access: PeerAccess;
    readonly admit: () => Promise<void>;
  },
): Promise<Replication> {
  const { COLLECT, SYNC_INTERVAL_SECONDS, SYNC_SETTLE_SECONDS } = settings;
  const sync = {
    enabled: SYNC_INTERVAL_SECONDS > 0,
    intervalMs: SYNC_INTERVAL_SECONDS * 1000,
    settleMs: SYNC_SETTLE_SECONDS * 1000,
  };
  const limits = retryLimitsOf(settings);
  return Replication.start({ ...node, first, now, random, logger, collect: COLLECT, sync, limits });
}

function register(
  { settings, random, logger }: StartOptions,
  replication: Replication,
  node: { readonly log: OrderedLog; readonly selfUrl: string; readonly access: PeerAccess },
): Registration {
  if (settings.SELF_URL === undefined && !isLoopback(settings.HOST)) {
    logger.warn({ host: settings.HOST }, 'SELF_URL is not set: only nodes on this machine reach this one');
  }
  const limits = retryLimitsOf(settings);
  const masterUrl = settings.MASTER_URL;
  return Registration.start({
    ...node,
    replication,
    masterUrl,
    random,
    logger,
    limits,
  });
}

function knowledgeOf(
  replication: Replication,
  { MASTER_URL }: NodeSettings,
  selfUrl: string,
): MasterKnowledge {
  const told = MASTER_URL !== undefined && !isSameNode(MASTER_URL, selfUrl) ? MASTER_URL : undefined;
  return {
    isMaster: () => replication.role === 'master',
    masterUrl: () => replication.master?.url ?? told,
  };
}
