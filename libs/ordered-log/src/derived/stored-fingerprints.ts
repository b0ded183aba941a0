import { type EntryKey, identityOf, secondsOf } from '@hooklog/object-id';
import { FingerprintIndex } from '../fingerprints/fingerprint-index';
import { restoreFingerprints } from '../fingerprints/restore';
import { KEYS_PER_STORED_SEGMENT, SEGMENT_SETTLE_SECONDS, SEGMENTS_STORED_MAX } from '../limits';
import type { Change, Database, PageLimits } from '../rows/database';
import { readPages } from '../rows/database';
import { isOfEntry, type KeyChange } from '../rows/index-rows';
import { ENTRY_KEY_ROWS, entryKeyOf, entryKeyRow, SEGMENT_ROWS, segmentRow } from '../rows/keys';
import { HashFilter } from './hash-filter';
import { IdentityTimes } from './identity-times';

const SEGMENTS_PAGE: PageLimits = { bytesMax: 1024 * 1024, rowsMax: 64 };
/** Rows of keys are small. */
const KEYS_PAGE: PageLimits = { bytesMax: 64 * 1024, rowsMax: 1024 };
/** In front of the identity in the id of an item. */
const CRC_BYTES = 4;

/**
 * The fingerprints of all keys that entries have, and their rows, by which the next start knows them without a look
 * at each key. A row is written with the rows of the keys that it tells of, and goes with the first one that changes.
 */
export class StoredFingerprints {
  /** Keys that came or went, less those that segments were stored for: as many as one batch may store at most. */
  #changed = 0;

  /** Of these keys, and of some that are gone. */
  readonly identities = new HashFilter();
  /** Of the same. */
  readonly times = new IdentityTimes();

  constructor(readonly index = new FingerprintIndex()) {
    for (const { timestamp, id } of index.items(0, index.size)) this.#add(id.subarray(CRC_BYTES), timestamp);
  }

  /** Of keys whose rows can be relied on. */
  static async restore(database: Database): Promise<StoredFingerprints> {
    const index = await restoreFingerprints({
      async *segments() {
        for await (const rows of readPages(database, SEGMENT_ROWS, SEGMENTS_PAGE))
          yield rows.map(([row, value]) => ({ key: entryKeyOf(row), value }));
      },
      async *keys(from, to) {
        const gte = from === undefined ? ENTRY_KEY_ROWS.gte : entryKeyRow(from);
        const lt = to === undefined ? ENTRY_KEY_ROWS.lt : entryKeyRow(to);
        for await (const rows of readPages(database, { gte, lt }, KEYS_PAGE))
          yield rows.filter(([, value]) => isOfEntry(value)).map(([row]) => entryKeyOf(row));
      },
    });
    return new StoredFingerprints(index);
  }

  /** Returns the rows that belong into one batch with these changes. */
  follow(changes: readonly KeyChange[]): Change[] {
    for (const { key, isOfEntry: isThere } of changes) {
      const isNews = isThere ? this.#insert(key) : this.index.remove(key);
      if (isNews) this.#changed++;
    }
    const max = Math.min(SEGMENTS_STORED_MAX, Math.floor(this.#changed / KEYS_PER_STORED_SEGMENT));
    const { dropped, stored } = this.#takeRows(max);
    const left = this.#changed - stored.length * KEYS_PER_STORED_SEGMENT;
    this.#changed = Math.min(left, SEGMENTS_STORED_MAX * KEYS_PER_STORED_SEGMENT);
    return [...dropped, ...stored];
  }

  /** Rows of segments that have settled and are not stored; none: all of them are. */
  unstored(): Change[] {
    const { dropped, stored } = this.#takeRows(SEGMENTS_STORED_MAX);
    return [...dropped, ...stored];
  }

  /** false: it is there already. That is seldom to be asked of the index, which has to place its keys for it. */
  #insert(key: EntryKey): boolean {
    const [identity, seconds] = [identityOf(key), secondsOf(key)];
    const mayHave = this.identities.mayHave(identity) && this.times.mayHave(identity, seconds);
    if (mayHave && this.index.has(key)) return false;
    this.index.add(key);
    this.#add(identity, seconds);
    return true;
  }

  #add(identity: Buffer, seconds: number): void {
    this.identities.add(identity);
    this.times.add(identity, seconds);
  }

  /** The first go before the others: one may come back. */
  #takeRows(max: number): { readonly dropped: Change[]; readonly stored: Change[] } {
    const newest = this.index.seconds?.newest ?? 0;
    const { dropped, sealed } = this.index.takeRows(newest - SEGMENT_SETTLE_SECONDS, max);
    return {
      dropped: dropped.map((key) => ({ key: segmentRow(key) })),
      stored: sealed.map(({ key, value }) => ({ key: segmentRow(key), value })),
    };
  }
}
