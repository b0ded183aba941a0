import { type EntryKey, identityOf } from '@hooklog/object-id';

/** What a list says about one entry of the other node. */
export interface ListedId {
  /** unix seconds of its receipt */
  readonly seconds: number;
  /** its crc32c, or its identity as 56 hex digits where the list has it */
  readonly name: number | string;
}

/** Unix seconds [start, end). */
export interface SecondsRange {
  readonly start: number;
  readonly end: number;
}

const CRC_OFFSET = 4;
const SECONDS_DIGITS = 8;
const OBJECT_ID_DIGITS = 16;
const ENTRY_KEY_DIGITS = 72;

export function crc32cOf(key: EntryKey): number {
  return key.readUInt32BE(CRC_OFFSET);
}

/** The two names that an own entry can have in a list. */
export function namesOf(key: EntryKey): readonly [crc32c: number, identity: string] {
  return [crc32cOf(key), identityOf(key).toString('hex')];
}

/** Of 16 hex digits (ObjectId) or 72 (EntryKey); undefined for any other length. */
export function listedIdOf(hex: string): ListedId | undefined {
  const seconds = parseInt(hex.slice(0, SECONDS_DIGITS), 16);
  if (hex.length === OBJECT_ID_DIGITS) return { seconds, name: parseInt(hex.slice(SECONDS_DIGITS), 16) };
  if (hex.length === ENTRY_KEY_DIGITS) return { seconds, name: hex.slice(OBJECT_ID_DIGITS) };
  return undefined;
}
