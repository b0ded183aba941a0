import assert from 'node:assert';
import type { Candidate, Entry } from '../entry';
import { entryContentBytes, flawOf } from '../frame/content';
import { SEAL_BYTES } from '../frame/frame';
import { LogError } from '../log-error';
import { STORE_ID, U16_MAX } from '../options';

/**
 * Bytes that an entry takes as a frame.
 * @throws LogError ENTRY_TOO_LARGE
 */
export function frameBytesOf(entry: Candidate, node: string, entryBytesMax: number): number {
  const flaw = flawOf(entry);
  assert(flaw === undefined, `the log was given an entry ${flaw}`);
  const { source = '', eventId = '', headers } = entry;
  const bytes = entryContentBytes(entry, node) + SEAL_BYTES;
  const isNameTooLong = [source, eventId].some(isTooLong) || headers.some(([name]) => isTooLong(name));
  if (bytes <= entryBytesMax && !isNameTooLong && headers.length <= U16_MAX) return bytes;
  const what =
    bytes > entryBytesMax
      ? `is above the limit of ${entryBytesMax}`
      : 'has a name that is too long, or too many headers';
  throw new LogError('ENTRY_TOO_LARGE', `an entry of ${bytes} bytes with its headers ${what}`);
}

/** A text of so many characters may have three times as many bytes. */
function isTooLong(text: string): boolean {
  return text.length > U16_MAX / 3 && Buffer.byteLength(text) > U16_MAX;
}

/** The same, with ENTRY_TOO_LARGE as an answer. */
export function sizeOrError(entry: Candidate, node: string, entryBytesMax: number): number | LogError {
  try {
    return frameBytesOf(entry, node, entryBytesMax);
  } catch (error) {
    if (error instanceof LogError) return error;
    throw error;
  }
}

/** The same for an entry that another store took: its sender was answered, so no limit of this node refuses it. */
export function takenBytesOf(entry: Entry): number {
  const { node, store, arrival } = entry.origin;
  assert(
    STORE_ID.test(store) && Number.isSafeInteger(arrival) && arrival > 0,
    'an origin names a store and an arrival',
  );
  return frameBytesOf(entry, node, Infinity);
}
