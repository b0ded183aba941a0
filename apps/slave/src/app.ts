import { followerRouter } from '@hooklog/http-peer';
import type { OrderedLog } from '@hooklog/ordered-log';
import {
  BodyReader,
  type DiskGuard,
  healthRoutes,
  logRoutes,
  messageRoutes,
  methodNotAllowed,
  problemHandler,
  requireToken,
  serviceToken,
  type Stop,
  unknownRoute,
  webhookRoutes,
} from '@hooklog/service';
import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { masterOnlyRoutes } from './master-only';
import type { SlaveSettings } from './settings';
import { slaveConcerns } from './write-concerns';

/** What a slave knows of its master. */
export interface MasterContact {
  readonly registered: boolean;
  /** ms since the epoch */
  readonly lastContactAt: number | null;
}

export interface AppParts {
  readonly log: OrderedLog;
  readonly disk: DiskGuard;
  readonly stop: Stop;
  readonly now: () => number;
  readonly logger: Logger;
  readonly settings: SlaveSettings;
  /** the master has written to this node */
  readonly onContact: () => void;
  readonly contact: () => MasterContact;
}

/** All that a slave answers. Opens nothing and owns nothing. */
export function createApp(parts: AppParts): Express {
  const { log, disk, stop, now, logger, settings, onContact } = parts;
  const { API_KEY, CLUSTER_SECRET, BODY_BYTES_MAX, BODY_BYTES_IN_FLIGHT_MAX } = settings;
  const dedupWindowSeconds = settings.DEDUP_WINDOW_SECONDS;
  const bodies = new BodyReader({
    bodyBytesMax: BODY_BYTES_MAX,
    bodyBytesInFlightMax: BODY_BYTES_IN_FLIGHT_MAX,
  });
  const clientTokens = API_KEY === undefined ? [] : [API_KEY];
  const nodeTokens = CLUSTER_SECRET === undefined ? [] : [serviceToken(CLUSTER_SECRET)];
  const concerns = slaveConcerns({ log, masterUrl: settings.MASTER_URL });
  const app = express().disable('x-powered-by').disable('etag');

  app.use(healthRoutes({ log, role: 'slave', now, disk, stop, more: () => masterSeen(parts) }));
  app.use(stop.gate);
  app.use(['/webhooks', '/log', '/get-all', '/messages'], requireToken(clientTokens));
  app.use('/peer', requireToken(nodeTokens));
  // without a secret of the cluster the master's own check is open: a client's key must not lock it out
  app.use('/master_sync', requireToken(nodeTokens.length > 0 ? [...nodeTokens, ...clientTokens] : []));
  app.post('/peer/v1/append', disk.handler);
  app.use(webhookRoutes({ log, now, bodies, disk, dedupWindowSeconds, concerns }));
  app.use(logRoutes({ log }));
  app.use(
    followerRouter({
      log,
      now,
      logger,
      onContact,
      stop: stop.signal,
      dedupWindowSeconds,
    }),
  );
  app.all(['/peer/v1/append', '/master_sync'], methodNotAllowed('POST'));
  app.all('/peer/v1/pending', methodNotAllowed('GET'));
  app.use(masterOnlyRoutes({ masterUrl: settings.MASTER_URL }));
  app.use(messageRoutes({ log }));
  app.use(unknownRoute);
  app.use(problemHandler(logger));
  return app;
}

function masterSeen({ settings, contact, now }: AppParts): Readonly<Record<string, unknown>> {
  const { registered, lastContactAt } = contact();
  const lastContactAgeMs = lastContactAt === null ? null : now() - lastContactAt;
  return { master: settings.MASTER_URL, registered, lastContactAgeMs };
}
