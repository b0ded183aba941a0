import type { RequestListener } from 'node:http';
import {
  answerAppends,
  APPEND_PATH,
  checkBody,
  isSigned,
  PEER_ROUTES,
  type PeerGuard,
  type PeerRoute,
  peerRouter,
  type Registration,
  registrationRouter,
  type Replication,
} from '@hooklog/http-peer';
import type { OrderedLog } from '@hooklog/ordered-log';
import {
  answerDelay,
  BodyReader,
  browserHeaders,
  type DiskGuard,
  frontDoor,
  healthRoutes,
  type ItemLog,
  itemRoutes,
  logRoutes,
  type Measures,
  messageRoutes,
  messageWriteRoutes,
  methodNotAllowed,
  type OpenedSources,
  operatorLines,
  type Overload,
  problemHandler,
  Readiness,
  refuseUnnamed,
  refusing,
  requireToken,
  serviceToken,
  type ServerLimits,
  SourceDoor,
  sourceRoutes,
  type Stop,
  type Store,
  takeWebhook,
  takeWebhooks,
  unknownRoute,
  webhookRoutes,
} from '@hooklog/service';
import express, { type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { RoleConcerns } from './concerns';
import { memberRoutes } from './member-routes';
import { metricsRoute } from './metrics/metrics-route';
import { masterOnly, type MasterKnowledge, noLongerMaster } from './not-master';
import { openApiRoute } from './openapi/openapi-route';
import { roleRoutes } from './role-routes';
import { warningsOf } from './warnings';
import type { NodeSettings } from './settings';

export interface AppParts {
  readonly log: OrderedLog;
  readonly replication: Replication;
  readonly registration: Registration;
  readonly items: ItemLog;
  readonly knowledge: MasterKnowledge;
  /** none: POST /webhook is open to anybody */
  readonly sources: OpenedSources | undefined;
  readonly disk: DiskGuard;
  readonly overload: Overload;
  readonly guard: PeerGuard;
  readonly limits: Partial<ServerLimits>;
  readonly measures: Measures;
  /** none: there is no LevelDB */
  readonly levelFiles: Store['levelFiles'];
  readonly stop: Stop;
  readonly now: () => number;
  /** in [0, 1) */
  readonly random: () => number;
  readonly logger: Logger;
  readonly settings: NodeSettings;
}

const CLIENTS = [
  '/webhooks',
  '/log',
  '/get-all',
  '/insert',
  '/messages',
  '/secondaries',
  '/secondary',
  '/metrics',
  '/quarantine',
];
const OPERATORS = ['/trigger_sync', '/promote', '/demote'];

export interface App {
  readonly listener: RequestListener;
  /** what is behind the front door: every route is in it */
  readonly express: Express;
}

/** All that a node answers, whatever its role is at the time. Opens nothing and owns nothing. */
export function createApp(parts: AppParts): App {
  const { log, replication, items, knowledge, sources, disk, overload, stop, now, random, logger, settings } =
    parts;
  const { measures } = parts;
  const dedupWindowSeconds = settings.DEDUP_WINDOW_SECONDS;
  const bodies = new BodyReader({
    bodyBytesMax: settings.BODY_BYTES_MAX,
    bodyBytesInFlightMax: settings.BODY_BYTES_IN_FLIGHT_MAX,
    sourceShareMax: overload.limits.sourceShareMax,
    slow: parts.limits,
  });
  const concerns = new RoleConcerns({ log, replication, knowledge });
  const holders = (sequence: number): readonly string[] => replication.holders(sequence);
  const taking = { log, now, bodies, disk, overload, dedupWindowSeconds, concerns, measures };
  const door =
    sources && new SourceDoor({ ...taking, sources: sources.file, quarantine: sources.quarantine });
  const take = door ? refuseUnnamed : takeWebhook(taking);
  const refuse = noLongerMaster(knowledge, refusing(logger, measures, overload.limits));
  const readiness = new Readiness({ log, disk, overload, stop });
  const app = express().disable('x-powered-by').disable('etag');

  app.use(browserHeaders());
  app.use(
    healthRoutes({
      log,
      role: () => replication.role,
      now,
      readiness,
      lastFsyncAt: () => measures.log.lastFsyncAt,
      warnings: () => warningsOf(parts),
      more: () => stateOf(parts),
    }),
  );
  app.use(stop.gate);
  app.use([...OPERATORS, '/secondaries'], operatorLines(logger));
  requireProofs(app, settings, parts.guard);
  if (settings.DELAY) {
    const delay = answerDelay({ seconds: settings.DELAY, random, stop: stop.signal });
    app.post([APPEND_PATH, '/replicate-item'], delay);
  }
  app.post(APPEND_PATH, disk.handler);
  app.use(masterOnly(knowledge));
  app.use(webhookRoutes({ log, take, takeAll: takeWebhooks(taking) }));
  if (sources && door) app.use(sourceRoutes({ door, quarantine: sources.quarantine }));
  app.use(logRoutes({ log }));
  app.use(itemRoutes({ items, bodies: signedBodies(bodies), disk }));
  app.use(messageWriteRoutes({ log, now, bodies, disk, overload, concerns, holders }));
  app.use(messageRoutes({ log, holders }));
  app.use(memberRoutes({ replication, now }));
  app.use(roleRoutes({ log, replication }));
  const bodyBytesInFlightMax = settings.BODY_BYTES_IN_FLIGHT_MAX;
  app.use(metricsRoute({ ...parts, bodies, readiness, bodyBytesInFlightMax }));
  app.use(openApiRoute());
  app.use(registrationRouter({ replication }));
  const append = answerAppends({ replication, logger });
  app.use(peerRouter({ replication, log, now, logger, stop: stop.signal, dedupWindowSeconds }, append));
  for (const { method, path } of PEER_ROUTES) app.all(path, methodNotAllowed(method));
  app.use(unknownRoute);
  app.use(problemHandler(logger, refuse));
  const takeFrom = door && { takeFrom: door.take.bind(door) };
  const peers = settings.DELAY ? undefined : new Map([[APPEND_PATH, guarded(append, parts)]]);
  return { listener: frontDoor({ take, ...takeFrom, peers, stop, refuse, behind: app }), express: app };
}

/** What the app has in front of appends. */
function guarded(append: PeerRoute, { guard, disk }: AppParts): PeerRoute {
  return async (req, res) => {
    guard.check(req, APPEND_PATH);
    await disk.admit();
    await append(req, res);
  };
}

/** Clients show a token, nodes sign. What older programs ask is either: these show a token, and can sign nothing. */
function requireProofs(app: Express, { API_KEY, CLUSTER_SECRET }: NodeSettings, guard: PeerGuard): void {
  const clients = API_KEY === undefined ? [] : [API_KEY];
  const nodes = CLUSTER_SECRET === undefined ? [] : [serviceToken(CLUSTER_SECRET)];
  app.use([...CLIENTS, ...OPERATORS], requireToken(clients));
  app.use(['/peer', '/register'], guard.handler);
  // without a secret of the cluster the master's own check is open: a client's key must not lock it out
  app.use('/master_sync', signedOr(requireToken(nodes.length > 0 ? [...nodes, ...clients] : []), guard));
  // an older master has no token to show: it is heard only where there is no secret, on loopback
  app.use('/replicate-item', signedOr(requireToken([...nodes, ...clients]), guard));
}

function signedOr(token: RequestHandler, guard: PeerGuard): RequestHandler {
  return (req, res, next) => (isSigned(req) ? guard.handler(req, res, next) : token(req, res, next));
}

/** Bodies are given on only if they are the ones that were signed, where they were. */
function signedBodies(bodies: BodyReader): Pick<BodyReader, 'read'> {
  return {
    read: async (req, res) => {
      const body = await bodies.read(req, res);
      checkBody(req, body);
      return body;
    },
  };
}

/** What a node knows of the others, for people. */
function stateOf({ replication, registration, knowledge, now }: AppParts): Readonly<Record<string, unknown>> {
  const { members, incomplete, quorum, lastContactAt } = replication;
  const shared = { master: knowledge.masterUrl() ?? null, members: members.length, incomplete };
  if (quorum) return { ...shared, quorum };
  const lastContactAgeMs = lastContactAt === null ? null : now() - lastContactAt;
  return { ...shared, registered: registration.registered, lastContactAgeMs };
}
