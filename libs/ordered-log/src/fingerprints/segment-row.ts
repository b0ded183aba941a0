import { createHash } from 'node:crypto';
import { type EntryKey, entryKeyFrom } from '@hooklog/object-id';
import { KEY_BYTES } from './place';
import { Segment } from './segment';
import { LIMBS } from './sum';

/** A segment as it is stored: every entry of [key, to), and the sum of their ids. */
export interface SegmentRow {
  /** Of its first entry. */
  readonly key: EntryKey;
  /** proof 16 | to 36 | sum 32, little-endian | count × seconds u32 | count × id 32 */
  readonly value: Buffer;
}

const PROOF_BYTES = 16;
const SUM_AT = PROOF_BYTES + KEY_BYTES;
const ITEMS_AT = SUM_AT + 4 * LIMBS;

export function encodeSegment({ items, sum }: Segment, to: EntryKey): SegmentRow {
  const key = items.keyAt(0);
  const value = Buffer.allocUnsafe(ITEMS_AT + items.count * KEY_BYTES);
  to.copy(value, PROOF_BYTES);
  for (let i = 0; i < LIMBS; i++) value.writeUInt32LE(sum[i]!, SUM_AT + 4 * i);
  items.write(value, ITEMS_AT);
  proofOf(key, value).copy(value);
  return { key, value };
}

/** undefined when these are not the bytes that were stored. */
export function decodeSegment({
  key,
  value,
}: SegmentRow): { readonly segment: Segment; readonly to: EntryKey } | undefined {
  if (value.length < ITEMS_AT || !value.subarray(0, PROOF_BYTES).equals(proofOf(key, value)))
    return undefined;
  const segment = new Segment();
  segment.rowKey = key;
  segment.items.load(value.subarray(ITEMS_AT));
  for (let i = 0; i < LIMBS; i++) segment.sum[i] = value.readUInt32LE(SUM_AT + 4 * i);
  return { segment, to: entryKeyFrom(Buffer.from(value.subarray(PROOF_BYTES, SUM_AT))) };
}

/** Of the key and all behind the proof. */
function proofOf(key: EntryKey, value: Buffer): Buffer {
  const hash = createHash('sha256').update(key).update(value.subarray(PROOF_BYTES));
  return hash.digest().subarray(0, PROOF_BYTES);
}
