import assert from 'node:assert';
import type { ExchangeOptions } from './exchange';
import { type ItemSet, type Window, WindowedSet } from './item-set';
import { FRAME_BYTES_MIN, RECONCILE_LIMITS, type ReconcileLimits } from './limits';
import { type Policy, TUNED } from './policy';

export interface ReconcileOptions {
  readonly policy?: Policy;
  /** Bytes of an own message; 0: as many as it takes. As many as are read, unless it is given. */
  readonly frameBytesMax?: number;
  readonly limits?: ReconcileLimits;
  /** The peer has to be given the same one. */
  readonly window?: Window;
}

export interface Settings extends ExchangeOptions {
  readonly limits: ReconcileLimits;
}

export function settingsOf({
  policy = TUNED,
  limits = RECONCILE_LIMITS,
  ...options
}: ReconcileOptions): Settings {
  const { frameBytesMax = limits.messageBytesMax } = options;
  assert(
    frameBytesMax === 0 || frameBytesMax >= FRAME_BYTES_MIN,
    `a frame has at least ${FRAME_BYTES_MIN} bytes`,
  );
  return { policy, limits, frameBytesMax, messageRangesMax: limits.messageRangesMax };
}

/** What of a set is compared, as it is now. */
export function compared(set: ItemSet, { window }: ReconcileOptions): ItemSet {
  return window === undefined ? set : new WindowedSet(set, window);
}
