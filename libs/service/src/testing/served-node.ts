import type { Server } from 'node:http';
import { OrderedLog } from '@hooklog/ordered-log';
import express from 'express';
import type { Logger } from 'pino';
import { BodyReader } from '../http/body-reader';
import { frontDoor } from '../http/front-door';
import { Overload, type OverloadLimits } from '../http/overload';
import { unknownRoute } from '../http/routes';
import { createServer, listen, type ServerLimits } from '../http/server';
import { Measures } from '../measures/measures';
import { problemHandler, refusing } from '../problem/problem-handler';
import { createLogger } from '../process/logger';
import { closeServer } from '../process/run';
import { Readiness } from '../process/readiness';
import { Stop } from '../process/stop';
import { healthRoutes } from '../routes/health-routes';
import { logRoutes } from '../routes/log-routes';
import { messageWriteRoutes } from '../routes/message-write-routes';
import { takeWebhook } from '../routes/take-webhook';
import { takeWebhooks } from '../routes/take-webhooks';
import { webhookRoutes } from '../routes/webhook-routes';
import { ALONE, type WriteConcerns } from '../routes/write-concern';
import { Quarantine } from '../sources/quarantine';
import { refuseUnnamed, SourceDoor, type SourceDoorOptions } from '../sources/source-door';
import { sourceRoutes } from '../sources/source-routes';
import { DiskGuard } from '../store/disk-guard';
import type { Store } from '../store/open-store';
import { MemoryDatabase } from './memory-database';

export interface NodeOptions {
  readonly store?: Store;
  readonly now?: () => number;
  readonly folder?: string;
  readonly freeMinMib?: number;
  readonly bodyBytesMax?: number;
  readonly bodyBytesInFlightMax?: number;
  readonly dedupWindowSeconds?: number;
  readonly overload?: Partial<OverloadLimits>;
  readonly sources?: SourceDoorOptions['sources'];
  readonly concerns?: WriteConcerns;
  readonly server?: Partial<ServerLimits>;
}

export interface ServedNode {
  readonly log: OrderedLog;
  readonly bodies: BodyReader;
  readonly quarantine: Quarantine;
  readonly overload: Overload;
  readonly measures: Measures;
  readonly server: Server;
  readonly stop: Stop;
  readonly logger: Logger;
  readonly port: number;
  /** what the logger printed, parsed */
  readonly lines: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

export function memoryStore(): Store {
  return { log: new MemoryDatabase(), index: new MemoryDatabase(), newStoreId: '0123456789abcdef' };
}

export function listeningLogger(level = 'debug'): {
  readonly logger: Logger;
  readonly lines: Record<string, unknown>[];
} {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { logger: createLogger({ level, name: 'test' }, { write }), lines };
}

/** A whole node of this library's parts on a port of its own: a leading log, its client routes, its health. */
export async function serveNode(options: NodeOptions = {}): Promise<ServedNode> {
  const {
    now = Date.now,
    folder = '.',
    freeMinMib = 0,
    bodyBytesMax = 1 << 20,
    bodyBytesInFlightMax = 1 << 24,
    dedupWindowSeconds = 60,
  } = options;
  const { logger, lines } = listeningLogger();
  const measures = new Measures(now);
  const log = await OrderedLog.open({
    ...(options.store ?? memoryStore()),
    node: 'here',
    dedupWindowSeconds,
    observer: measures.log,
  });
  await log.lead();
  const stop = new Stop();
  const disk = new DiskGuard({ folder, freeMinMib, storeFailed: () => log.health === 'failed', now, logger });
  const overload = Overload.start({ limits: options.overload ?? {}, logger, stop: stop.signal });
  const { sourceShareMax = 1 } = options.overload ?? {};
  const slow = options.server ?? {};
  const bodies = new BodyReader({ bodyBytesMax, bodyBytesInFlightMax, sourceShareMax, slow });
  const { sources, concerns = ALONE } = options;
  const taking = { log, now, bodies, disk, overload, dedupWindowSeconds, measures, concerns };
  const quarantine = await Quarantine.open(memoryStore().index);
  const door = sources && new SourceDoor({ ...taking, sources, quarantine });
  const take = door ? refuseUnnamed : takeWebhook(taking);
  const refuse = refusing(logger, measures, overload.limits);
  const readiness = new Readiness({ log, disk, overload, stop });
  const lastFsyncAt = (): number | null => measures.log.lastFsyncAt;
  const app = express()
    .disable('x-powered-by')
    .disable('etag')
    .use(healthRoutes({ log, role: () => 'master', now, readiness, lastFsyncAt }))
    .use(stop.gate)
    .use(webhookRoutes({ log, take, takeAll: takeWebhooks(taking) }))
    .use(door ? sourceRoutes({ door, quarantine }) : (_req, _res, next) => next())
    .use(logRoutes({ log }))
    .use(messageWriteRoutes({ ...taking, holders: () => [] }))
    .use(unknownRoute)
    .use(problemHandler(logger, refuse));
  const takeFrom = door && { takeFrom: door.take.bind(door) };
  const server = createServer(frontDoor({ take, ...takeFrom, stop, refuse, behind: app }), {
    bodyBytesMax,
    ...options.server,
  });
  const port = await listen(server, '127.0.0.1', 0);
  stop.closes('log', () => log.close());
  stop.closes('server', () => closeServer(server));
  const close = (): Promise<void> => stop.run(0, logger);
  return { log, bodies, quarantine, overload, measures, server, stop, logger, port, lines, close };
}
