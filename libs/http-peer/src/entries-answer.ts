import { setImmediate as turn } from 'node:timers/promises';
import type { EntryKey } from '@hooklog/object-id';
import { encodePendingFrame, type OrderedLog, type StoredEntry } from '@hooklog/ordered-log';
import { encodeMessage, type EntriesRequest, type Missing } from '@hooklog/sync-protocol';
import type { PeerLimits } from './limits';
import type { PacedWriter } from './paced-writer';
import { type OwnKey, readPendingKeys } from './own-keys';

export interface EntriesAnswer {
  readonly log: OrderedLog;
  readonly asked: EntriesRequest;
  readonly writer: PacedWriter;
  readonly now: () => number;
  readonly limits: PeerLimits;
}

const NO_ID = new Uint8Array(0);
/** Keys that are looked at before others have their turn. */
const KEYS_PER_TURN = 16_384;

/** Writes the entries that were asked for, in the order of their keys, and `end`. */
export async function writeEntries({ log, asked, writer, now, limits }: EntriesAnswer): Promise<void> {
  writer.beat(limits.streamHeartbeatMs, () => encodeMessage({ type: 'heartbeat', now: now() }));
  const missing = await findKeys(log, asked.missing, writer.gone);
  const pending = await readPendingKeys(log, asked.pendingBefore, limits.pendingKeysMax, writer.gone);
  for (const own of inOrder(missing, pending)) {
    const message = await messageOf(log, own);
    if (message) await writer.write(message);
  }
  await writer.write(encodeMessage({ type: 'end' }));
}

/** A pending entry comes as such, since it still needs the master's decision. */
function inOrder(missing: readonly EntryKey[], pending: readonly OwnKey[]): readonly OwnKey[] {
  const waiting = new Set(pending.map(({ key }) => key.toString('latin1')));
  const others = missing.filter((key) => !waiting.has(key.toString('latin1')));
  return [...pending, ...others.map((key) => ({ key }))].sort((a, b) => a.key.compare(b.key));
}

/** The keys that have these ids: looked for in all of their seconds at once, so that no place is looked at twice. */
async function findKeys(
  log: OrderedLog,
  missing: readonly Missing[],
  gone: AbortSignal,
): Promise<EntryKey[]> {
  const ids = new Set(missing.map(({ id }) => id.toString('latin1')));
  const found: EntryKey[] = [];
  for (const { from, to } of joined(missing)) {
    let place = { timestamp: from, id: NO_ID as Uint8Array };
    for (let open = true; open;) {
      gone.throwIfAborted();
      const { fingerprints } = log;
      const begin = fingerprints.lowerBound(place.timestamp, place.id);
      const last = fingerprints.lowerBound(to + 1, NO_ID);
      const end = Math.min(last, begin + KEYS_PER_TURN);
      let index = begin;
      for (const { id } of fingerprints.items(begin, end)) {
        if (ids.has(id.toString('latin1'))) found.push(fingerprints.keyAt(index));
        index += 1;
      }
      open = end < last;
      if (open) place = fingerprints.itemAt(end);
      if (open) await turn();
    }
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
