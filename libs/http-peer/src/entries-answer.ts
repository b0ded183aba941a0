import { setImmediate as turn } from 'node:timers/promises';
import type { EntryKey } from '@hooklog/object-id';
import { encodePendingFrame, isDamage, type OrderedLog, type StoredEntry } from '@hooklog/ordered-log';
import { type ClusterLogger, encodeMessage, type EntriesRequest, type Missing } from '@hooklog/sync-protocol';
import type { PeerLimits } from './limits';
import type { PacedWriter } from './paced-writer';
import { type OwnKey, readPendingKeys } from './own-keys';

export interface EntriesAnswer {
  readonly log: OrderedLog;
  readonly asked: EntriesRequest;
  readonly writer: PacedWriter;
  readonly now: () => number;
  readonly limits: PeerLimits;
  readonly logger: ClusterLogger;
}

const NO_ID = new Uint8Array(0);
/** Keys that are looked at before others have their turn. */
const KEYS_PER_TURN = 16_384;

/**
 * Writes the entries that were asked for, in the order of their keys, and `end`. One that is damaged keeps no other one
 * from coming: it is left out, and operators are told.
 */
export async function writeEntries(answer: EntriesAnswer): Promise<void> {
  const { log, asked, writer, now, limits, logger } = answer;
  writer.beat(limits.streamHeartbeatMs, () => encodeMessage({ type: 'heartbeat', now: now() }));
  const pending = await readPendingKeys(log, asked.pendingBefore, limits.pendingKeysMax, writer.gone);
  let damaged = 0;
  let err: unknown;
  for await (const own of inOrder(findKeys(log, asked.missing, writer.gone), pending)) {
    const message = await messageOf(log, own).catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      damaged += 1;
      err ??= error;
      return undefined;
    });
    if (message) await writer.write(message);
  }
  if (damaged > 0) logger.error({ err, damaged }, 'entries that a peer lacks are damaged here');
  await writer.write(encodeMessage({ type: 'end' }));
}

/** A pending entry comes as such, since it still needs the master's decision. */
async function* inOrder(
  missing: AsyncIterable<EntryKey>,
  pending: readonly OwnKey[],
): AsyncGenerator<OwnKey, void, undefined> {
  const waiting = pending.toSorted((a, b) => a.key.compare(b.key));
  let next = 0;
  for await (const key of missing) {
    for (; next < waiting.length && waiting[next]!.key.compare(key) <= 0; next += 1) yield waiting[next]!;
    if (!waiting[next - 1]?.key.equals(key)) yield { key };
  }
  yield* waiting.slice(next);
}

/**
 * The keys that have these ids, in their order: looked for in all of their seconds at once, so that no place is
 * looked at twice. One id may have any number of keys.
 */
async function* findKeys(
  log: OrderedLog,
  missing: readonly Missing[],
  gone: AbortSignal,
): AsyncGenerator<EntryKey, void, undefined> {
  const ids = new Set(missing.map(({ id }) => id.toString('latin1')));
  let left = KEYS_PER_TURN;
  for (const { from, to } of joined(missing)) {
    let place = { timestamp: from, id: NO_ID as Uint8Array };
    for (let open = true; open;) {
      gone.throwIfAborted();
      const { fingerprints } = log;
      const begin = fingerprints.lowerBound(place.timestamp, place.id);
      const last = fingerprints.lowerBound(to + 1, NO_ID);
      const end = Math.min(last, begin + left);
      const found = keysOf(fingerprints, begin, end, ids);
      open = end < last;
      if (open) place = fingerprints.itemAt(end);
      yield* found;
      // the search for the range counts as well: there may be many that have nothing in them
      left -= end - begin + 1;
      if (left > 0) continue;
      await turn();
      left = KEYS_PER_TURN;
    }
  }
}

function keysOf(
  fingerprints: OrderedLog['fingerprints'],
  begin: number,
  end: number,
  ids: ReadonlySet<string>,
): EntryKey[] {
  const found: EntryKey[] = [];
  let index = begin;
  for (const { id } of fingerprints.items(begin, end)) {
    if (ids.has(id.toString('latin1'))) found.push(fingerprints.keyAt(index));
    index += 1;
  }
  return found;
}

/** Ranges of seconds [from, to], none of which meets another one. */
function joined(missing: readonly Missing[]): { readonly from: number; readonly to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const { from, to } of missing.toSorted((a, b) => a.from - b.from)) {
    const last = ranges.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else ranges.push({ from, to });
  }
  return ranges;
}

/** Undefined when it is gone, or the log has meanwhile named the pending entry: then the master has it. */
async function messageOf(log: OrderedLog, { key, arrival }: OwnKey): Promise<Buffer | undefined> {
  if (arrival !== undefined) {
    const [record] = await log.pending(arrival - 1, { entriesMax: 1 });
    return record?.arrival === arrival ? encodeMessage({ type: 'entry', ...record }) : undefined;
  }
  const entry = await entryOf(log, key);
  if (!entry) return undefined;
  const { origin } = entry;
  return encodeMessage({
    type: 'entry',
    arrival: origin.arrival,
    frame: encodePendingFrame(entry, origin.arrival),
  });
}

async function entryOf(log: OrderedLog, key: EntryKey): Promise<StoredEntry | undefined> {
  const found = await log.find(key);
  return found.find((entry) => entry.key.equals(key));
}
