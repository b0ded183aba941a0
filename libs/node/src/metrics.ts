import type { Replication, SecondaryStatus, SyncReport } from '@hooklog/http-peer';
import type { OrderedLog } from '@hooklog/ordered-log';
import { methodNotAllowed } from '@hooklog/service';
import { Router } from 'express';
import { Gauge, Registry } from 'prom-client';

export interface MetricsOptions {
  readonly log: OrderedLog;
  readonly replication: Replication;
}

interface Metric<Of> {
  readonly name: string;
  readonly help: string;
  /** undefined: not known */
  readonly value: (of: Of) => number | undefined;
}

const OF_NODE: readonly Metric<MetricsOptions>[] = [
  {
    name: 'hooklog_master',
    help: '1 while this node is the master, else 0',
    value: ({ replication }) => Number(replication.role === 'master'),
  },
  {
    name: 'hooklog_log_sequence',
    help: 'Sequence of the last entry of the log',
    value: ({ log }) => log.tail.position.sequence,
  },
  {
    name: 'hooklog_committed_sequence',
    help: 'Sequence of the last entry that is known here to be on a majority of the voting members',
    value: ({ log }) => log.committed.sequence,
  },
  {
    name: 'hooklog_pending_entries',
    help: 'Entries that wait for the master to give them a sequence',
    value: ({ log }) => log.pendingEntries,
  },
];

const OF_SLAVE: readonly Metric<SecondaryStatus>[] = [
  {
    name: 'hooklog_slave_healthy',
    help: '1 while the slave is HEALTHY, else 0',
    value: ({ health }) => Number(health === 'HEALTHY'),
  },
  {
    name: 'hooklog_slave_lag_entries',
    help: 'Entries of the log that the slave has not acknowledged',
    value: ({ lag }) => lag ?? undefined,
  },
];

const OF_RECONCILE: readonly Metric<SyncReport>[] = [
  {
    name: 'hooklog_reconcile_ok',
    help: '1 if the last comparison with the slave came to its end, else 0',
    value: ({ ok }) => Number(ok),
  },
  {
    name: 'hooklog_reconcile_timestamp_seconds',
    help: 'Unix time at which the last comparison with the slave was over',
    value: ({ at }) => at / 1000,
  },
  {
    name: 'hooklog_reconcile_duration_seconds',
    help: 'How long the last comparison with the slave took',
    value: ({ milliseconds }) => milliseconds / 1000,
  },
  {
    name: 'hooklog_reconcile_bytes',
    help: 'Bytes that the last comparison with the slave sent and received, entries included',
    value: ({ bytesUp, bytesDown }) => bytesUp + bytesDown,
  },
  {
    name: 'hooklog_reconcile_missing_entries',
    help: 'Entries that the last comparison found on the slave and not here',
    value: ({ missing }) => missing,
  },
  {
    name: 'hooklog_reconcile_lacking_entries',
    help: 'Entries that the slave has acknowledged and the last comparison did not find there: its index is wrong',
    value: ({ lacking }) => lacking,
  },
  {
    name: 'hooklog_clock_offset_seconds',
    help: 'How far the clock of the slave was ahead of the one here at the last comparison',
    value: ({ clockOffsetMs }) => (clockOffsetMs === null ? undefined : clockOffsetMs / 1000),
  },
];

/** GET /metrics, in the text format of Prometheus: what is known when it is asked. The app puts the token check in front. */
export function metricsRoute(options: MetricsOptions): Router {
  const registry = new Registry();
  for (const metric of OF_NODE) add(registry, metric, [], () => [[{}, options] as const]);
  const slaves = (): SecondaryStatus[] => options.replication.secondaries();
  for (const metric of OF_SLAVE)
    add(registry, metric, ['slave'], () => slaves().map((status) => [{ slave: status.id }, status] as const));
  for (const metric of OF_RECONCILE)
    add(registry, metric, ['slave'], () =>
      slaves().flatMap(({ id, lastSync }) => (lastSync ? [[{ slave: id }, lastSync] as const] : [])),
    );
  const router = Router();
  router
    .route('/metrics')
    .get(async (_req, res) => void res.type(registry.contentType).send(await registry.metrics()))
    .all(methodNotAllowed('GET', 'HEAD'));
  return router;
}

/** @param known labels and what they stand for, at the time of the request */
function add<Of>(
  registry: Registry,
  { name, help, value }: Metric<Of>,
  labelNames: string[],
  known: () => readonly (readonly [labels: Record<string, string>, of: Of])[],
): void {
  new Gauge({
    ...{ name, help, labelNames, registers: [registry] },
    collect() {
      this.reset();
      for (const [labels, of] of known()) {
        const now = value(of);
        if (now !== undefined) this.set(labels, now);
      }
    },
  });
}
