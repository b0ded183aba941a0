import { type EntryKey, secondsOf } from '@hooklog/object-id';
import { decodePendingFrame, isDamage, type OrderedLog, type PendingRecord } from '@hooklog/ordered-log';

/** One own entry that a peer lacks, or has to decide about. */
export interface OwnKey {
  readonly key: EntryKey;
  /** of a pending entry */
  readonly arrival?: number;
}

/**
 * Pending entries that were received before a second, the first ones by arrival. Fingerprints cannot tell all of
 * them: once the log names the same key for the copy of another node, a pending one is hidden behind it, and still
 * waits for its receipt. Ends at a damaged one: a comparison finds that one, and what lies behind it.
 */
export async function readPendingKeys(
  log: OrderedLog,
  beforeSeconds: number,
  keysMax: number,
  gone: AbortSignal,
): Promise<OwnKey[]> {
  const keys: OwnKey[] = [];
  if (beforeSeconds === 0) return keys;
  let page = await pendingBehind(log, 0);
  for (; page.length > 0 && keys.length < keysMax; page = await pendingBehind(log, page.at(-1)!.arrival)) {
    gone.throwIfAborted();
    for (const { arrival, frame } of page) {
      const { key } = decodePendingFrame(frame, arrival);
      // A copy: the key shares the memory of the whole page.
      if (secondsOf(key) < beforeSeconds) keys.push({ key: Buffer.from(key) as EntryKey, arrival });
    }
  }
  return keys;
}

async function pendingBehind(log: OrderedLog, arrival: number): Promise<readonly PendingRecord[]> {
  try {
    return await log.pending(arrival);
  } catch (error) {
    if (isDamage(error)) return [];
    throw error;
  }
}
