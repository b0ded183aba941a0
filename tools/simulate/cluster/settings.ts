import type { LogLimits } from '@hooklog/ordered-log';
import type { ClusterLimits } from '@hooklog/sync-protocol';
import type { Dice } from '../world/dice';
import type { LinkTimes } from '../network/link';

/** Limits of one simulation: small, so that pages, batches and pauses end often. */
export interface Settings {
  readonly log: Partial<LogLimits>;
  readonly cluster: ClusterLimits;
  readonly link: LinkTimes;
}

export function drawSettings(dice: Dice, limits: Partial<ClusterLimits> = {}): Settings {
  return {
    log: { batchEntriesMax: dice.pick([2, 8, 64, 1024]), pageEntriesMax: dice.pick([3, 32, 1024]) },
    link: { answerMs: 1500, streamSilenceMs: 5000 },
    cluster: {
      retryMinMs: 50,
      retryMaxMs: 1000,
      pageBytesMax: 64 * 1024,
      pageEntriesMax: dice.pick([1, 4, 64]),
      batchBytesMax: dice.pick([1000, 64 * 1024]),
      batchRecordsMax: dice.pick([1, 3, 16, 256]),
      messageBytesMax: 64 * 1024,
      slavesMax: 8,
      concernWaitsMax: 64,
      heartbeatMs: 500,
      streamHeartbeatMs: 1500,
      divergedRetryMs: 2000,
      learnerLagMax: dice.pick([0, 4, 64]),
      promiseMs: 1500,
      promotionMs: 5000,
      scrubPauseMs: dice.pick([5000, 60_000, 60_000]),
      ...limits,
    },
  };
}
