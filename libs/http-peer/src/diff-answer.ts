import { secondsOf } from '@hooklog/object-id';
import { encodePendingFrame, type OrderedLog, type StoredEntry } from '@hooklog/ordered-log';
import {
  encodeAnswerLine,
  encodeMessage,
  type ListedId,
  missingIn,
  type SecondsRange,
} from '@hooklog/sync-protocol';
import type { PeerLimits } from './limits';
import { mergeKeys, type OwnKey, readPendingKeys } from './own-keys';
import type { PacedWriter } from './paced-writer';

export interface DiffAnswer {
  readonly log: OrderedLog;
  readonly range: SecondsRange;
  readonly listed: AsyncIterable<ListedId>;
  readonly writer: PacedWriter;
  readonly now: () => number;
  readonly dedupWindowSeconds: number;
  readonly limits: PeerLimits;
}

/** One line for each own entry that the list lacks. */
export async function writeMissingLines(answer: DiffAnswer): Promise<void> {
  const { log, range, writer, listed, dedupWindowSeconds: windowSeconds, limits } = answer;
  const own = log.keys({ fromSeconds: range.start, toSeconds: range.end });
  for await (const missing of missingIn(own, listed, { windowSeconds, windowIdsMax: limits.windowIdsMax })) {
    const entry = await entryOf(log, missing);
    if (entry) await writer.write(encodeAnswerLine(entry));
  }
}

/**
 * For a master: every pending entry whatever the list says, since the master decides about it, and of the log what
 * the list lacks by its full key. Marks tell how far this is, and that this node lives while it finds nothing.
 */
export async function writeMissingFrames(answer: DiffAnswer): Promise<void> {
  const { log, range, writer, listed, limits, now } = answer;
  const endMs = range.end * 1000;
  let settled = 0;
  let through = range.start * 1000;
  const mark = (): Buffer => encodeMessage({ type: 'mark', through: Math.min(through, settled), settled });
  // Before the pending entries are read: that may take longer than a master waits for an answer.
  writer.beat(limits.streamHeartbeatMs, mark);
  const settledMs = log.settledBefore(now());
  const pending = await readPendingKeys(log, range, limits.pendingKeysMax, writer.gone);
  settled = Math.min(settledMs, pending.through);
  const merged = mergeKeys(log.keys({ fromSeconds: range.start, toSeconds: range.end }), pending.keys);
  const own = watched(merged, endMs, (ms) => (through = ms));
  const options = {
    windowSeconds: 0,
    windowIdsMax: limits.windowIdsMax,
    always: (key: OwnKey) => key.pending,
  };

  let begun = false;
  for await (const missing of missingIn(own, listed, options)) {
    const message = await messageOf(log, missing);
    if (!message) continue;
    if (!begun) await writer.write(mark());
    begun = true;
    await writer.write(message);
  }
  await writer.write(encodeMessage({ type: 'end', through: Math.min(endMs, settled) }));
}

/** Tells before each key, and at the end, up to which time (ms) everything was passed on. */
async function* watched(
  keys: AsyncIterable<OwnKey>,
  endMs: number,
  onProgress: (ms: number) => void,
): AsyncGenerator<OwnKey, void, undefined> {
  for await (const own of keys) {
    onProgress(secondsOf(own.key) * 1000);
    yield own;
  }
  onProgress(endMs);
}

/** Undefined when the log has meanwhile named the pending entry: then the master has it. */
async function messageOf(log: OrderedLog, own: OwnKey): Promise<Buffer | undefined> {
  if (own.arrival !== undefined) {
    const [record] = await log.pending(own.arrival - 1, { entriesMax: 1 });
    return record?.arrival === own.arrival ? encodeMessage({ type: 'entry', ...record }) : undefined;
  }
  const entry = await entryOf(log, own);
  if (!entry) return undefined;
  const { arrival } = entry.origin;
  return encodeMessage({ type: 'entry', arrival, frame: encodePendingFrame(entry, arrival) });
}

async function entryOf(log: OrderedLog, { key }: OwnKey): Promise<StoredEntry | undefined> {
  const found = await log.find(key);
  return found.find((entry) => entry.key.equals(key));
}
