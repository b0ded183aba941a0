import type { EntryKey } from '@hooklog/object-id';
import { FingerprintIndex } from './fingerprint-index';
import type { SegmentRow } from './segment-row';

/** What a store has of its keys: both in their order, in pages. */
export interface FingerprintSource {
  segments(): AsyncIterable<readonly SegmentRow[]>;
  /** Keys of entries in [from, to); undefined: from the first one on, up to the last one. */
  keys(from: EntryKey | undefined, to: EntryKey | undefined): AsyncIterable<readonly EntryKey[]>;
}

/** Reads the rows of segments, and keys only between them: a row that is missing or damaged costs time, nothing else. */
export async function restoreFingerprints(source: FingerprintSource): Promise<FingerprintIndex> {
  const index = new FingerprintIndex();
  let reached: EntryKey | undefined;
  for await (const rows of source.segments()) {
    for (const row of rows) {
      const distance = reached?.compare(row.key) ?? -1;
      if (distance > 0) {
        index.disown(row.key);
        continue;
      }
      if (distance < 0) await insertAll(index, source.keys(reached, row.key));
      reached = index.unseal(row) ?? row.key;
    }
  }
  await insertAll(index, source.keys(reached, undefined));
  return index;
}

async function insertAll(index: FingerprintIndex, pages: AsyncIterable<readonly EntryKey[]>): Promise<void> {
  for await (const keys of pages) for (const key of keys) index.insert(key);
}
