import { type Digest, type EntryKey, identityOf } from '@hooklog/object-id';
import type { Origin } from '../entry';
import { readU32, readU64, writeU32, writeU64 } from '../frame/bytes';
import type { Position } from '../position';

/** Rows of both databases begin with one letter; the tables of the README say what follows. */
const LOG = 0x6c; // l: behind all others, so that no file of LevelDB that holds some of those spans the log
const EARLIER_LOG = 0x4c; // earlier: L
const PENDING = 0x50; // P
const EPOCH = 0x45; // E
const META = 0x4d; // M
const MEMBERS = 0x43; // C
const RETIRED = 0x52; // R
const KEY = 0x4b; // K
const DIGEST = 0x44; // D
const IDENTITY = 0x49; // I
const ORIGIN = 0x4f; // O
const SEGMENT = 0x53; // S

const DIGEST_PREFIX_BYTES = 16;
/** Indexes of earlier versions have rows with 0 here as well, of entries without event id. */
const OF_EVENT = 1;
/** With the letter in front and this mark behind. */
const DIGEST_ROW_PREFIX_BYTES = 1 + DIGEST_PREFIX_BYTES + 1;
const KEY_BYTES = 36;
const OWN = 0;
const CALLER = 1;

/** Half-open, as an iterator takes it. */
export interface KeyRange {
  readonly gte: Buffer;
  readonly lt: Buffer;
}

export const LOG_ROWS: KeyRange = letter(LOG);
/** Where stores of format 1 have them. */
export const EARLIER_LOG_ROWS: KeyRange = letter(EARLIER_LOG);
export const PENDING_ROWS: KeyRange = letter(PENDING);
export const EPOCH_ROWS: KeyRange = letter(EPOCH);
export const MEMBERS_ROWS: KeyRange = letter(MEMBERS);
export const RETIRED_ROWS: KeyRange = letter(RETIRED);
export const ENTRY_KEY_ROWS: KeyRange = letter(KEY);
export const SEGMENT_ROWS: KeyRange = letter(SEGMENT);
export const DIGEST_ROWS: KeyRange = letter(DIGEST);

export function logKey(position: Position): Buffer {
  return positionKey(LOG, position);
}

/** Is there where a members record stands in the log. */
export function membersKey(position: Position): Buffer {
  return positionKey(MEMBERS, position);
}

/** Holds the pending entry that the receipt at this place of the log ended, until that place is committed. */
export function retiredKey(position: Position): Buffer {
  return positionKey(RETIRED, position);
}

/** Of a row whose key is a place in the log. */
export function positionOf(key: Buffer): Position {
  return { sequence: readU64(key, 1), n: readU32(key, 9) };
}

export function pendingKey(arrival: number): Buffer {
  const key = Buffer.allocUnsafe(9);
  key[0] = PENDING;
  writeU64(key, arrival, 1);
  return key;
}

export function arrivalOf(key: Buffer): number {
  return readU64(key, 1);
}

export function epochKey(epoch: number): Buffer {
  const key = Buffer.allocUnsafe(5);
  key[0] = EPOCH;
  writeU32(key, epoch, 1);
  return key;
}

/** A row that the library keeps for itself. */
export function ownMetaKey(name: string): Buffer {
  return Buffer.concat([Buffer.of(META, OWN), Buffer.from(name)]);
}

export function callerMetaKey(name: string): Buffer {
  return Buffer.concat([Buffer.of(META, CALLER), Buffer.from(name)]);
}

export function callerMetaRange(prefix: string): KeyRange {
  return prefixRange(callerMetaKey(prefix));
}

export function metaNameOf(key: Buffer): string {
  return key.toString('utf8', 2);
}

export function entryKeyRow(key: Buffer): Buffer {
  return lettered(KEY, key);
}

export function isEntryKeyRow(row: Buffer): boolean {
  return row[0] === KEY;
}

/** Of a row whose key is a letter and an entry's key. */
export function entryKeyOf(row: Buffer): EntryKey {
  return row.subarray(1) as EntryKey;
}

/** Of the segment of fingerprints that begins with this key. */
export function segmentRow(key: EntryKey): Buffer {
  return lettered(SEGMENT, key);
}

/** All rows of entries whose key starts with the prefix. */
export function entryKeyRange(prefix: Buffer): KeyRange {
  return prefixRange(entryKeyRow(prefix));
}

/** Rows of keys of the seconds [from, to). */
export function secondsRange(from: number, to: number): KeyRange {
  return { gte: entryKeyRow(secondsPrefix(from)), lt: entryKeyRow(secondsPrefix(to)) };
}

/** Of an entry with an event id. */
export function digestRow(digest: Digest, key: EntryKey): Buffer {
  const row = Buffer.allocUnsafe(DIGEST_ROW_PREFIX_BYTES + key.length);
  writeDigestPrefix(row, digest);
  key.copy(row, DIGEST_ROW_PREFIX_BYTES);
  return row;
}

export function isDigestRow(row: Buffer): boolean {
  return row[0] === DIGEST;
}

/** The first 16 bytes of the digest. */
export function prefixOfDigestRow(row: Buffer): Buffer {
  return row.subarray(1, 1 + DIGEST_PREFIX_BYTES);
}

export function digestRange(digest: Digest): KeyRange {
  const prefix = Buffer.allocUnsafe(DIGEST_ROW_PREFIX_BYTES);
  writeDigestPrefix(prefix, digest);
  return prefixRange(prefix);
}

export function entryKeyOfDigestRow(row: Buffer): EntryKey {
  return row.subarray(DIGEST_ROW_PREFIX_BYTES) as EntryKey;
}

export function identityRow(key: EntryKey): Buffer {
  return lettered(IDENTITY, identityOf(key));
}

/** All rows of identities that begin with these bytes. */
export function identityRange(prefix: Buffer): KeyRange {
  return prefixRange(lettered(IDENTITY, prefix));
}

export function originRow(origin: Origin): Buffer {
  const row = Buffer.allocUnsafe(17);
  row[0] = ORIGIN;
  row.write(origin.store, 1, 'hex');
  writeU64(row, origin.arrival, 9);
  return row;
}

function positionKey(letter: number, position: Position): Buffer {
  const key = Buffer.allocUnsafe(13);
  key[0] = letter;
  writeU64(key, position.sequence, 1);
  writeU32(key, position.n, 9);
  return key;
}

function writeDigestPrefix(row: Buffer, digest: Digest): void {
  row[0] = DIGEST;
  digest.copy(row, 1, 0, DIGEST_PREFIX_BYTES);
  row[1 + DIGEST_PREFIX_BYTES] = OF_EVENT;
}

/** A letter and what follows it, in one piece of memory. */
function lettered(code: number, rest: Buffer): Buffer {
  const row = Buffer.allocUnsafe(1 + rest.length);
  row[0] = code;
  rest.copy(row, 1);
  return row;
}

/** Clamped to what a key can hold: beyond it, what sorts behind every key. */
function secondsPrefix(seconds: number): Buffer {
  if (seconds > 0xffff_ffff) return Buffer.alloc(KEY_BYTES + 1, 0xff);
  const prefix = Buffer.allocUnsafe(4);
  writeU32(prefix, Math.max(0, Math.ceil(seconds)), 0);
  return prefix;
}

function letter(code: number): KeyRange {
  return { gte: Buffer.of(code), lt: Buffer.of(code + 1) };
}

/** The bound above is the prefix and more 0xff than any row has bytes. */
function prefixRange(prefix: Buffer): KeyRange {
  return { gte: prefix, lt: Buffer.concat([prefix, Buffer.alloc(512, 0xff)]) };
}
