import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type Router } from 'express';
import { MemoryLevel } from 'memory-level';
import { type Database, OrderedLog } from '@hooklog/ordered-log';
import { followerRouter, type FollowerRouterOptions } from '../follower-router';
import type { PeerLimits } from '../limits';
import type { PeerLogger } from '../peer-logger';
import { Registration } from '../registration';
import { registrationRouter } from '../registration-router';
import { Replication, type ReplicationOptions } from '../replication';

export const TOKEN = 'token-of-the-cluster';

/** Short times, so that a test sees many of them. */
export const LIMITS: Partial<PeerLimits> = {
  heartbeatMs: 40,
  streamHeartbeatMs: 50,
  streamSilenceMs: 10_000,
  answerMs: 20_000,
  retryMinMs: 10,
  retryMaxMs: 60,
  divergedRetryMs: 60,
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
export class LineLogger implements PeerLogger {
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

export interface Slave {
  readonly log: OrderedLog;
  readonly site: Site;
  readonly logger: LineLogger;
  readonly stop: AbortController;
  contacts: number;
  close(): Promise<void>;
}

export interface SlaveOptions extends Partial<
  Pick<FollowerRouterOptions, 'now' | 'dedupWindowSeconds' | 'limits'>
> {
  readonly disk?: Disk;
  readonly port?: number;
  readonly log?: OrderedLog;
  /** what the router sees in place of the log, for tests that count */
  readonly seen?: (log: OrderedLog) => OrderedLog;
}

export async function startSlave(node: string, options: SlaveOptions = {}): Promise<Slave> {
  const log = options.log ?? (await openLog(node, options.disk));
  const stop = new AbortController();
  const logger = new LineLogger();
  const { now = Date.now, dedupWindowSeconds = 60, limits, seen = (own) => own } = options;
  const onContact = (): void => void (slave.contacts += 1);
  const router = followerRouter({
    log: seen(log),
    now,
    logger,
    dedupWindowSeconds,
    onContact,
    stop: stop.signal,
    limits: { ...LIMITS, ...limits },
  });
  const site = await serve(router, options.port);
  const close = async (): Promise<void> => {
    stop.abort();
    await site.close();
    await log.close();
  };
  const slave: Slave = { log, site, logger, stop, contacts: 0, close };
  return slave;
}

export interface Master {
  readonly log: OrderedLog;
  readonly replication: Replication;
  readonly site: Site;
  readonly logger: LineLogger;
  join(slave: Slave): Promise<void>;
  close(): Promise<void>;
}

export interface MasterOptions extends Partial<
  Pick<ReplicationOptions, 'now' | 'collect' | 'limits' | 'sync' | 'admit'>
> {
  readonly disk?: Disk;
  readonly port?: number;
}

export const NO_SYNC = { enabled: false, intervalMs: 60_000, fromMs: 300_000, settleMs: 0 };

export async function startMaster(options: MasterOptions = {}): Promise<Master> {
  const log = await openLog('master', options.disk);
  await log.lead();
  const logger = new LineLogger();
  const { now = Date.now, collect = true, sync = NO_SYNC, limits, admit } = options;
  const shared = { log, token: TOKEN, now, random: () => 0.5, logger };
  const replication = await Replication.start({
    ...shared,
    ...(admit && { admit }),
    collect,
    sync,
    limits: { ...LIMITS, ...limits },
  });
  const site = await serve(registrationRouter({ replication }), options.port);
  const close = async (): Promise<void> => {
    await replication.stop();
    await site.close();
    await log.close();
  };
  const join = (slave: Slave): Promise<void> =>
    replication.register({ node: slave.log.node, store: slave.log.store, url: slave.site.url });
  return { log, replication, site, logger, join, close };
}

export function startRegistration(
  master: { readonly url: string },
  slave: Slave,
  silenceMs = 300,
): Registration {
  const { log, site, logger } = slave;
  const urls = { masterUrl: master.url, selfUrl: site.url };
  return Registration.start({
    ...urls,
    log,
    token: TOKEN,
    now: Date.now,
    random: () => 0.5,
    logger,
    silenceMs,
    limits: LIMITS,
  });
}
