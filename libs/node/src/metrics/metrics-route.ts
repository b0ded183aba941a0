import type { Replication } from '@hooklog/http-peer';
import type { OrderedLog } from '@hooklog/ordered-log';
import {
  type BodyReader,
  type DiskGuard,
  type Measures,
  methodNotAllowed,
  type Overload,
  type Readiness,
  type Store,
} from '@hooklog/service';
import { Router } from 'express';
import { registryOf } from './exposition';
import type { Family } from './family';
import { nodeFamilies } from './node-families';
import { processFamilies } from './process-families';
import { slaveFamilies } from './slave-families';
import { trafficFamilies } from './traffic-families';

export interface MetricsOptions {
  readonly log: OrderedLog;
  readonly replication: Replication;
  readonly measures: Measures;
  readonly readiness: Readiness;
  readonly overload: Overload;
  readonly bodies: BodyReader;
  readonly bodyBytesInFlightMax: number;
  readonly disk: DiskGuard;
  /** none: there is no LevelDB */
  readonly levelFiles: Store['levelFiles'];
  /** ms since the epoch */
  readonly now: () => number;
}

/** GET /metrics, in the text format of Prometheus: what is known when it is asked. The app puts the token check in front. */
export function metricsRoute(options: MetricsOptions): Router {
  const registry = registryOf(familiesOf(options));
  const router = Router();
  router
    .route('/metrics')
    .get(async (_req, res) => void res.type(registry.contentType).send(await registry.metrics()))
    .all(methodNotAllowed('GET', 'HEAD'));
  return router;
}

/** All that a node tells, whatever its role is. */
export function familiesOf(options: MetricsOptions): Family[] {
  return [
    ...nodeFamilies(options),
    ...slaveFamilies(options),
    ...trafficFamilies(options),
    ...processFamilies(),
  ];
}
