import type { SecondaryStatus, SyncReport } from '@hooklog/http-peer';
import { type Family, gauges, type Sample } from './family';
import type { MetricsOptions } from './metrics-route';
import { lagBehind, type SlaveLag } from './slave-lag';

interface About<Of, Value = number | undefined> {
  readonly name: string;
  readonly help: string;
  /** undefined: not known */
  readonly value: (of: Of) => Value;
}

const OF_SLAVE: readonly About<SecondaryStatus>[] = [
  {
    name: 'hooklog_slave_healthy',
    help: '1 while the slave is HEALTHY, else 0',
    value: ({ health }) => Number(health === 'HEALTHY'),
  },
  {
    name: 'hooklog_slave_voting',
    help: '1 while the slave counts in quorums and write concerns, else 0',
    value: ({ voting }) => Number(voting),
  },
  {
    name: 'hooklog_slave_lag_entries',
    help: 'Entries of the log that the slave has not acknowledged',
    value: ({ lag }) => lag ?? undefined,
  },
];

const OF_LAG: readonly About<SlaveLag, number>[] = [
  {
    name: 'hooklog_slave_lag_bytes',
    help: 'Bytes of these entries; estimated from the first of them',
    value: ({ bytes }) => bytes,
  },
  {
    name: 'hooklog_slave_lag_seconds',
    help: 'Age of the first of these entries',
    value: ({ seconds }) => seconds,
  },
];

const OF_RECONCILE: readonly About<SyncReport>[] = [
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

/** What a master knows of its slaves, and of the last comparison with each; nothing elsewhere. */
export function slaveFamilies({ log, replication, now }: MetricsOptions): Family[] {
  const slaves = (): (readonly [string, SecondaryStatus])[] =>
    replication.secondaries().map((status) => [status.id, status]);
  const compared = (): (readonly [string, SyncReport])[] =>
    slaves().flatMap(([id, { lastSync }]) => (lastSync ? [[id, lastSync] as const] : []));
  const lags = shared(async () => {
    const known = slaves().map(async ([id, { sequence }]) => {
      const lag = sequence === null ? undefined : await lagBehind(log, sequence, now());
      return lag === undefined ? [] : [[id, lag] as const];
    });
    return (await Promise.all(known)).flat();
  });
  return [
    ...OF_SLAVE.map(({ name, help, value }) => gauges(name, help, 'slave', slaves, value)),
    ...OF_LAG.map(({ name, help, value }) => lagFamily(name, help, lags, value)),
    ...OF_RECONCILE.map(({ name, help, value }) => gauges(name, help, 'slave', compared, value)),
  ];
}

function lagFamily(
  name: string,
  help: string,
  lags: () => Promise<readonly (readonly [string, SlaveLag])[]>,
  value: (of: SlaveLag) => number,
): Family {
  const read = async (): Promise<Sample[]> =>
    (await lags()).map(([slave, lag]) => ({ labels: { slave }, value: value(lag) }));
  return { name, type: 'gauge', help, labels: ['slave'], read };
}

/** Who asks while somebody else does gets the same answer. */
function shared<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let running: Promise<Answer> | undefined;
  return () => (running ??= ask().finally(() => (running = undefined)));
}
