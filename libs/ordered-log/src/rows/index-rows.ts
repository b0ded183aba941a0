import type { EntryKey } from '@hooklog/object-id';
import type { Entry } from '../entry';
import { readU64, writeU64 } from '../frame/bytes';
import type { LogRecord, Receipt } from '../frame/record';
import type { Change } from './database';
import { digestRow, entryKeyOf, entryKeyRow, identityRow, isEntryKeyRow, originRow } from './keys';

/** Where a key leads: to an entry of the log, to a pending one, or as another answered name to an entry of the log. */
export type Location =
  | { readonly at: 'log'; readonly sequence: number }
  | { readonly at: 'pending'; readonly arrival: number }
  | { readonly at: 'alias'; readonly sequence: number };

const LOGGED = 0;
const PENDING = 1;
const ALIAS = 2;

function encodeLocation(location: Location): Buffer {
  const row = Buffer.allocUnsafe(9);
  row[0] = location.at === 'log' ? LOGGED : location.at === 'pending' ? PENDING : ALIAS;
  writeU64(row, location.at === 'pending' ? location.arrival : location.sequence, 1);
  return row;
}

export function decodeLocation(row: Buffer): Location {
  const value = readU64(row, 1);
  if (row[0] === PENDING) return { at: 'pending', arrival: value };
  return { at: row[0] === ALIAS ? 'alias' : 'log', sequence: value };
}

/** Whether the row of a key says that an entry has it, in the log or pending; another name of an entry is not its key. */
export function isOfEntry(row: Buffer | undefined): boolean {
  return row !== undefined && row[0] !== ALIAS;
}

/** A key that an entry has from now on, or has no longer. */
export interface KeyChange {
  readonly key: EntryKey;
  readonly isOfEntry: boolean;
}

/** What rows say of keys, in their order: of a key that comes again the last one holds. */
export function keyChangesOf(changes: readonly Change[]): KeyChange[] {
  const changed: KeyChange[] = [];
  for (const { key, value } of changes)
    if (isEntryKeyRow(key)) changed.push({ key: entryKeyOf(key), isOfEntry: isOfEntry(value) });
  return changed;
}

export function encodeU64(value: number): Buffer {
  const row = Buffer.allocUnsafe(8);
  writeU64(row, value, 0);
  return row;
}

export function decodeU64(row: Buffer): number {
  return readU64(row, 0);
}

/**
 * The index is a function of the log: these rows come from a record alone, so that a rebuilt index is the
 * one that was written along.
 */
export function rowsOfRecord(record: LogRecord): Change[] {
  if (record.type === 'entry')
    return rowsOfEntry(record.entry, { at: 'log', sequence: record.position.sequence });
  return record.type === 'receipt' ? rowsOfReceipt(record.receipt) : [];
}

export function rowsOfEntry(entry: Entry, location: Location): Change[] {
  const { key, eventId } = entry;
  const rows = [nameRow(key, location)];
  // a key that another node sent shares the memory of all that came with it
  if (eventId !== undefined)
    rows.push(digestRowOf(entry), { key: identityRow(key), value: Buffer.from(key) });
  return rows;
}

/** Where a key leads; undefined: nowhere any longer. */
export function nameRow(key: EntryKey, location: Location | undefined): Change {
  const row = entryKeyRow(key);
  return location === undefined ? { key: row } : { key: row, value: encodeLocation(location) };
}

/** By which the body of an entry with an event id is found: that of any other one is its identity. */
export function digestRowOf({ key, digest, receivedAt }: Entry): Change {
  return { key: digestRow(digest, key), value: encodeU64(receivedAt) };
}

/** The answered key becomes a name of the entry. */
function rowsOfReceipt({ origin, key, sequence, sameKey }: Receipt): Change[] {
  const receipt = { key: originRow(origin), value: encodeU64(sequence) };
  return sameKey ? [receipt] : [receipt, nameRow(key, { at: 'alias', sequence })];
}

/** Of what was pending here until this receipt: its body is that of no entry any more. */
export function rowsOfEnded({ key, digest, sameKey }: Receipt): Change[] {
  return sameKey ? [] : [{ key: digestRow(digest, key) }];
}
