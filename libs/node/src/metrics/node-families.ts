import { type DiskGuard, REFUSING } from '@hooklog/service';
import { WARNINGS, warningsOf } from '../warnings';
import { type Family, gauge, gauges } from './family';
import type { MetricsOptions } from './metrics-route';

/** What a node is, and how well. */
export function nodeFamilies(options: MetricsOptions): Family[] {
  const { log, replication, readiness, disk, measures } = options;
  const troubles = (): (readonly [code: string, holds: boolean])[] => {
    const held: string[] = [...readiness.reasons, ...warningsOf(options)].map(({ code }) => code);
    return [...REFUSING, ...WARNINGS].map((code) => [code, held.includes(code)]);
  };
  return [
    gauge('hooklog_master', '1 while this node is the master, else 0', () =>
      Number(replication.role === 'master'),
    ),
    gauge('hooklog_ready', '1 while this node takes webhooks, else 0', () =>
      Number(readiness.reasons.length === 0),
    ),
    gauges(
      'hooklog_trouble',
      '1 while this is wrong with the node, else 0; the codes are those of GET /readyz',
      'code',
      troubles,
      Number,
    ),
    gauge('hooklog_log_sequence', 'Sequence of the last entry of the log', () => log.tail.position.sequence),
    gauge(
      'hooklog_committed_sequence',
      'Sequence of the last entry that is known here to be on a majority of the voting members',
      () => log.committed.sequence,
    ),
    gauge('hooklog_epoch', 'Epoch of the last record of the log', () => log.tail.epoch),
    gauge(
      'hooklog_pending_entries',
      'Entries that wait for the master to give them a sequence',
      () => log.pendingEntries,
    ),
    gauge(
      'hooklog_last_fsync_timestamp_seconds',
      'Unix time of the last fsync of the log since the start',
      () => inSeconds(measures.log.lastFsyncAt),
    ),
    gauge('hooklog_voters', 'Voting members; only on the master', () => replication.quorum?.voters),
    gauge(
      'hooklog_healthy_voters',
      'Of the voting members, the master included, those that are HEALTHY; only on the master',
      () => replication.quorum?.healthy,
    ),
    gauge(
      'hooklog_master_silence_seconds',
      'Time since the master sent something; only on a slave that has heard one',
      () => silenceOf(options),
    ),
    gauge(
      'hooklog_waiting_requests',
      'Requests that wait for a write concern; only on the master',
      () => replication.waiting,
    ),
    gauge('hooklog_disk_free_bytes', 'What is left of the disk of the store', () => freeBytesOf(disk)),
    gauge(
      'hooklog_disk_free_min_bytes',
      'With less than this left webhooks are refused; 0: however little is left',
      () => disk.floorBytes,
    ),
  ];
}

function inSeconds(ms: number | null): number | undefined {
  return ms === null ? undefined : ms / 1000;
}

function silenceOf({ replication: { role, silentMs } }: MetricsOptions): number | undefined {
  return role === 'master' || silentMs === Infinity ? undefined : silentMs / 1000;
}

/** Whoever asks for metrics wants the others all the more when the disk does not answer. */
async function freeBytesOf(disk: DiskGuard): Promise<number | undefined> {
  return disk.freeBytes().catch(() => undefined);
}
