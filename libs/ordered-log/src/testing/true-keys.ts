import { createHash } from 'node:crypto';
import type { EntryKey } from '@hooklog/object-id';
import { recordsOf } from '../conformance/webhooks';
import { decodeSegment } from '../fingerprints/segment-row';
import { decodePendingFrame, decodeRecord } from '../frame/frame';
import type { OrderedLog } from '../ordered-log';
import type { Database } from '../rows/database';
import { entryKeyOf, SEGMENT_ROWS } from '../rows/keys';

const ALL = (1n << 256n) - 1n;

/** The keys that the fingerprints of a log should have, told by its records and what is pending alone, in their order. */
export async function trueKeys(log: OrderedLog): Promise<EntryKey[]> {
  const keys = new Map<string, EntryKey>();
  const names = new Set<string>();
  for (const record of (await recordsOf(log)).map(decodeRecord)) {
    if (record.type === 'entry') keys.set(textOf(record.entry.key), record.entry.key);
    else if (record.type === 'receipt' && !record.receipt.sameKey) names.add(textOf(record.receipt.key));
  }
  for (let after = 0; ;) {
    const page = await log.pending(after);
    if (page.length === 0) break;
    for (const { frame, arrival } of page) {
      const { key } = decodePendingFrame(frame, arrival);
      if (!names.has(textOf(key))) keys.set(textOf(key), key);
      after = arrival;
    }
  }
  return [...keys.values()].sort((a, b) => a.compare(b));
}

export function fingerprintOf(keys: readonly EntryKey[]): Buffer {
  let sum = 0n;
  for (const key of keys) sum += BigInt(`0x${Buffer.from(key.subarray(4)).reverse().toString('hex')}`);
  const bytes = Buffer.from((sum & ALL).toString(16).padStart(64, '0'), 'hex').reverse();
  const { length } = keys;
  const count = Buffer.from(length < 128 ? [length] : [(length >> 7) | 128, length & 127]);
  return createHash('sha256')
    .update(Buffer.concat([bytes, count]))
    .digest()
    .subarray(0, 16);
}

/** Keys of stored segments that are damaged, or do not hold what they should. */
export async function wrongSegments(index: Database, keys: readonly EntryKey[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const [row, value] of await index.iterator(SEGMENT_ROWS).all()) {
    const [from, to] = [entryKeyOf(row), value.subarray(16, 52)];
    const own = keys.filter((key) => key.compare(from) >= 0 && key.compare(to) < 0);
    const items = [...own.map((key) => key.subarray(0, 4)), ...own.map((key) => key.subarray(4))];
    const isWhole = decodeSegment({ key: from, value }) !== undefined;
    if (!isWhole || !Buffer.concat(items).equals(value.subarray(84))) wrong.push(from.toString('hex'));
  }
  return wrong;
}

function textOf(key: EntryKey): string {
  return key.toString('latin1');
}
