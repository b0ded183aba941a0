import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, Router } from 'express';
import { MemoryLevel } from 'memory-level';
import { type Database, OrderedLog } from '@hooklog/ordered-log';
import { type ClusterLogger, type Role, SyncError } from '@hooklog/sync-protocol';
import type { PeerLimits } from '../limits';
import type { PeerAccess } from '../peer-access';
import { isSigned, PeerGuard } from '../peer-guard';
import { peerRouter, type PeerRouterOptions } from '../peer-router';
import { Registration } from '../registration';
import { registrationRouter } from '../registration-router';
import { RequestSigner } from '../request-signature';
import { Replication, type ReplicationOptions } from '../replication';
import type { Network } from './network';

export const SECRET = 'secret-of-the-cluster';
/** How a test asks a node as another one does. */
export const ACCESS: PeerAccess = { signer: new RequestSigner(SECRET, Date.now) };

/** Short times, so that a test sees many of them. */
export const LIMITS: Partial<PeerLimits> = {
  heartbeatMs: 40,
  streamHeartbeatMs: 50,
  streamSilenceMs: 10_000,
  answerMs: 20_000,
  retryMinMs: 10,
  retryMaxMs: 60,
  divergedRetryMs: 60,
  promiseMs: 2000,
};

export interface Disk {
  readonly log: Database;
  readonly index: Database;
}

export function memoryDisk(): Disk {
  const open = (): Database =>
    new MemoryLevel<Buffer, Buffer>({
      storeEncoding: 'buffer',
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
    });
  return { log: open(), index: open() };
}

let stores = 0;

export function openLog(node: string, disk: Disk = memoryDisk()): Promise<OrderedLog> {
  stores += 1;
  return OrderedLog.open({ ...disk, node, newStoreId: stores.toString(16).padStart(16, '0') });
}

/** Lines that were logged, for tests about them. */
export class LineLogger implements ClusterLogger {
  readonly lines: { readonly level: string; readonly fields: object; readonly line: string }[] = [];
  debug = (fields: object, line: string): void => void this.lines.push({ level: 'debug', fields, line });
  info = (fields: object, line: string): void => void this.lines.push({ level: 'info', fields, line });
  warn = (fields: object, line: string): void => void this.lines.push({ level: 'warn', fields, line });
  error = (fields: object, line: string): void => void this.lines.push({ level: 'error', fields, line });
}

export interface Site {
  readonly url: string;
  readonly server: Server;
  readonly requests: string[];
  close(): Promise<void>;
}

const answerError: ErrorRequestHandler = (
  error: { code?: string; message: string; offset?: number },
  _request,
  response,
  next,
) => {
  if (response.headersSent) return next(error);
  response
    .status(error.code ? 400 : 500)
    .json({ code: error.code ?? 'INTERNAL', detail: error.message, offset: error.offset });
};

export async function serve(router: Router, port = 0): Promise<Site> {
  const requests: string[] = [];
  const app = express();
  app.use((request, _response, next) => {
    requests.push(`${request.method} ${request.path} ${request.headers.authorization ?? ''}`);
    next();
  });
  app.use(router);
  app.use(answerError);
  const server = createServer(app).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, requests, close };
}

export interface Node {
  readonly log: OrderedLog;
  readonly replication: Replication;
  readonly site: Site;
  readonly logger: LineLogger;
  /** ends the live streams */
  readonly stop: AbortController;
  /** appends that were accepted */
  contacts: number;
  join(other: Node): Promise<void>;
  close(): Promise<void>;
}
export type Master = Node;
export type Slave = Node;

export interface NodeOptions
  extends
    Partial<Pick<ReplicationOptions, 'now' | 'collect' | 'limits' | 'sync' | 'admit'>>,
    Partial<Pick<PeerRouterOptions, 'dedupWindowSeconds'>> {
  readonly disk?: Disk;
  readonly port?: number;
  readonly log?: OrderedLog;
  /** what stands between the nodes, for tests that cut them off */
  readonly network?: Network;
  /** what the routes see in place of the log, for tests that count */
  readonly seen?: (log: OrderedLog) => OrderedLog;
}
export type MasterOptions = NodeOptions;
export type SlaveOptions = NodeOptions;

export const NO_SYNC = { enabled: false, intervalMs: 60_000, settleMs: 0 };

export function startSlave(name: string, options: NodeOptions = {}): Promise<Node> {
  return startNode(name, 'slave', options);
}

export function startMaster(options: NodeOptions = {}): Promise<Node> {
  return startNode('master', 'master', options);
}

async function startNode(name: string, first: Role, options: NodeOptions): Promise<Node> {
  const log = options.log ?? (await openLog(name, options.disk));
  const { now = Date.now, collect = true, sync = NO_SYNC, admit, seen = (own) => own } = options;
  const stop = new AbortController();
  const logger = new LineLogger();
  const limits = { ...LIMITS, ...options.limits };
  // the address is known before the node, and the node before its routes
  const routes = Router();
  const { network } = options;
  if (network) routes.use(network.guard(name));
  const site = await serve(routes, options.port);
  network?.add(site);
  const { url } = site;
  const shared = { log, now, logger, limits };
  const access = { signer: new RequestSigner(SECRET, now) };
  const guard = new PeerGuard({ secret: SECRET, now, limits });
  // what tests write by hand is not signed; what nodes ask of each other is, and is checked
  routes.use((request, response, next) =>
    isSigned(request) ? guard.handler(request, response, next) : next(),
  );
  const replication = await Replication.start({
    ...shared,
    ...(admit && { admit }),
    ...{ url, first, access, random: () => 0.5, collect, sync },
  });
  const answerAppend: Replication['answerAppend'] = async (request) => {
    const answer = await replication.answerAppend(request);
    if (answer.outcome === 'accepted') node.contacts += 1;
    return answer;
  };
  routes.use(
    peerRouter({
      ...{
        ...shared,
        log: seen(log),
        stop: stop.signal,
        dedupWindowSeconds: options.dedupWindowSeconds ?? 60,
      },
      replication: {
        answerAppend,
        answerPromise: (request) => replication.answerPromise(request),
        answerRecords: (request) => replication.answerRecords(request),
      },
    }),
  );
  routes.use(registrationRouter({ replication }), notMaster(replication));
  const close = async (): Promise<void> => {
    stop.abort();
    await replication.stop();
    await site.close();
    await log.close();
  };
  const join = (other: Node): Promise<void> =>
    replication.register({ node: other.log.node, store: other.log.store, url: other.site.url });
  const node: Node = { log, replication, site, logger, stop, contacts: 0, join, close };
  return node;
}

/** As an app answers who asks a slave for what only a master does. */
function notMaster(replication: Replication): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (!(error instanceof SyncError) || error.code !== 'NOT_LEADING') return next(error);
    response.status(421).json({ code: 'NOT_MASTER', detail: error.message, master: replication.master?.url });
  };
}

export function startRegistration(
  master: { readonly url: string } | undefined,
  { log, site, logger, replication }: Node,
  masterSilenceMsMin = 300,
): Registration {
  return Registration.start({
    ...{ replication, log, masterUrl: master?.url, selfUrl: site.url, logger },
    ...{ access: ACCESS, random: () => 0.5, limits: { ...LIMITS, masterSilenceMsMin } },
  });
}
