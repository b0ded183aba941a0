import { registrationRouter, type Replication } from '@hooklog/http-peer';
import type { OrderedLog } from '@hooklog/ordered-log';
import {
  BodyReader,
  type DiskGuard,
  healthRoutes,
  logRoutes,
  messageRoutes,
  messageWriteRoutes,
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
import { memberRoutes } from './member-routes';
import type { MasterSettings } from './settings';
import { masterConcerns } from './write-concerns';

export interface AppParts {
  readonly log: OrderedLog;
  readonly replication: Replication;
  readonly disk: DiskGuard;
  readonly stop: Stop;
  readonly now: () => number;
  readonly logger: Logger;
  readonly settings: MasterSettings;
}

/** All that a master answers. Opens nothing and owns nothing. */
export function createApp({ log, replication, disk, stop, now, logger, settings }: AppParts): Express {
  const { API_KEY, CLUSTER_SECRET, BODY_BYTES_MAX, BODY_BYTES_IN_FLIGHT_MAX } = settings;
  const dedupWindowSeconds = settings.DEDUP_WINDOW_SECONDS;
  const bodies = new BodyReader({
    bodyBytesMax: BODY_BYTES_MAX,
    bodyBytesInFlightMax: BODY_BYTES_IN_FLIGHT_MAX,
  });
  const clients = requireToken(API_KEY === undefined ? [] : [API_KEY]);
  const nodes = requireToken(CLUSTER_SECRET === undefined ? [] : [serviceToken(CLUSTER_SECRET)]);
  const concerns = masterConcerns(replication);
  const app = express().disable('x-powered-by').disable('etag');

  app.use(healthRoutes({ log, role: 'master', now, disk, stop }));
  app.use(stop.gate);
  app.use(
    ['/webhooks', '/log', '/get-all', '/insert', '/messages', '/secondaries', '/trigger_sync'],
    clients,
  );
  app.use('/register', nodes);
  app.use(webhookRoutes({ log, now, bodies, disk, dedupWindowSeconds, concerns }));
  app.use(logRoutes({ log }));
  app.use(
    messageWriteRoutes({
      log,
      now,
      bodies,
      disk,
      concerns,
      holders: (sequence) => replication.holders(sequence),
    }),
  );
  app.use(messageRoutes({ log }));
  app.use(memberRoutes({ replication }));
  app.use(registrationRouter({ replication }));
  app.all('/register', methodNotAllowed('POST'));
  app.use(unknownRoute);
  app.use(problemHandler(logger));
  return app;
}
