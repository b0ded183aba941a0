import { type EntryKey, secondsOf } from '@hooklog/object-id';
import { decodePendingFrame, type OrderedLog } from '@hooklog/ordered-log';
import type { SecondsRange } from '@hooklog/sync-protocol';

/** One own entry as an id-list diff sees it. */
export interface OwnKey {
  readonly key: EntryKey;
  readonly pending: boolean;
  /** of a pending entry that was found by its arrival */
  readonly arrival?: number;
}

export interface PendingKeys {
  /** sorted */
  readonly keys: readonly Required<OwnKey>[];
  /** ms: every pending entry of the range received before this is in `keys` */
  readonly through: number;
}

/**
 * The pending entries of a range, by key. The index cannot tell all of them: once the log names the same key for the
 * copy of another node, a pending one is hidden behind it, and still waits for its receipt.
 */
export async function readPendingKeys(
  log: OrderedLog,
  range: SecondsRange,
  keysMax: number,
  gone: AbortSignal,
): Promise<PendingKeys> {
  const keys: Required<OwnKey>[] = [];
  let through = range.end * 1000;
  let page = await log.pending(0);
  for (; page.length > 0 && keys.length < keysMax; page = await log.pending(page.at(-1)?.arrival ?? 0)) {
    gone.throwIfAborted();
    for (const { arrival, frame } of page) {
      const { key, receivedAt } = decodePendingFrame(frame, arrival);
      const seconds = secondsOf(key);
      // A copy: the key shares the memory of the whole page.
      if (seconds < range.end) keys.push({ key: Buffer.from(key) as EntryKey, pending: true, arrival });
      if (keys.length >= keysMax) through = Math.min(through, receivedAt);
    }
  }
  keys.sort((a, b) => a.key.compare(b.key));
  return { keys, through };
}

/** Both sorted by key; of two equal keys the pending one, since it still needs the master's decision. */
export async function* mergeKeys(
  indexed: AsyncIterable<OwnKey>,
  pending: readonly OwnKey[],
): AsyncGenerator<OwnKey, void, undefined> {
  let next = 0;
  for await (const own of indexed) {
    for (; next < pending.length; next += 1) {
      const hidden = pending[next] as OwnKey;
      if (hidden.key.compare(own.key) >= 0) break;
      yield hidden;
    }
    if (pending[next]?.key.equals(own.key)) yield pending[next++] as OwnKey;
    else yield own;
  }
  yield* pending.slice(next);
}
