import { type Digest, type EntryKey, type EntryKind, identityOf, type ObjectId } from '@hooklog/object-id';
import { readAt } from '../batches/lookup';
import type { DerivedIndex } from '../derived/derived-index';
import type { StoredEntry } from '../entry';
import { NO_CHAIN } from '../frame/chain';
import { chainOf, type PendingRecord, type RawRecord } from '../frame/frame';
import type { LogLimits } from '../limits';
import { isDamage } from '../log-error';
import { comparePositions, type Position } from '../position';
import type { PageLimits } from '../rows/database';
import { decodeLocation, type Location } from '../rows/index-rows';
import {
  digestRange,
  entryKeyOf,
  entryKeyOfDigestRow,
  entryKeyRange,
  identityRange,
  type KeyRange,
  secondsRange,
} from '../rows/keys';
import { decodeOwn, type LogRows } from '../rows/log-rows';
import type { LogState } from '../state';

export interface ReadsOptions {
  readonly rows: LogRows;
  readonly index: DerivedIndex;
  readonly limits: LogLimits;
  readonly state: () => LogState;
  /** Resolves when the index knows all that was answered; throws when it never will. */
  readonly ready: () => Promise<void>;
  /** Resolves when the batch that is being written is part of the state; throws when nobody knows whether it is. */
  readonly settled: () => Promise<void>;
}

interface KeyPage {
  /** How often the log had been cut when this was read, or before that. */
  readonly cuts: number;
  readonly keys: readonly { readonly key: EntryKey; readonly location: Location }[];
  /** undefined: this was the last page */
  readonly rest: KeyRange | undefined;
}

/** An entry goes to the log once, and seldom back: more often means that the index is wrong. */
const LOOKS_MAX = 4;
/** Rows of keys are small. */
const KEYS_PAGE: PageLimits = { bytesMax: 64 * 1024, rowsMax: 1024 };
/** Entries read together by one page of a walk by time: one body may be as large as an entry can be. */
const ENTRIES_TOGETHER = 4;

/** Everything that reads, in bounded pages: no iterator stays open while a consumer thinks. */
export class Reads {
  constructor(private readonly options: ReadsOptions) {}

  async records(after: Position, limits: PageLimits): Promise<RawRecord[]> {
    return this.#page(after, this.options.state().position, limits);
  }

  async chainAt(position: Position): Promise<Buffer | undefined> {
    const state = this.options.state();
    if (position.sequence === 0 && position.n === 0) return NO_CHAIN;
    const distance = comparePositions(position, state.position);
    if (distance === 0) return state.chain;
    if (distance > 0) return undefined;
    const record = await this.options.rows.record(position);
    return record && chainOf(record.frame);
  }

  async pending(afterArrival: number, limits: PageLimits): Promise<PendingRecord[]> {
    return this.options.rows.pending.page(afterArrival, this.options.state().arrival, limits);
  }

  async *entries(after: number, limit: number): AsyncGenerator<StoredEntry & { readonly sequence: number }> {
    const { limits, state } = this.options;
    const page = { bytesMax: limits.pageBytesMax, rowsMax: limits.pageEntriesMax };
    // control records behind the last entry may be others after a cut, and are not asked for
    const last = { sequence: state().position.sequence, n: 0 };
    let left = limit;
    let at: Position = after <= 0 ? { sequence: 0, n: 0 } : { sequence: after, n: 0 };
    while (left > 0 && comparePositions(at, last) < 0) {
      const records = await this.#page(at, last, page);
      if (records.length === 0) return;
      for (const record of records) {
        at = record.position;
        const decoded = decodeOwn(record);
        if (decoded.type !== 'entry') continue;
        yield { ...decoded.entry, sequence: at.sequence };
        if (--left === 0) return;
      }
    }
  }

  async *received(from: number, to: number, after: EntryKey | undefined): AsyncGenerator<StoredEntry> {
    const seconds = secondsRange(Math.floor(from / 1000), Math.ceil(to / 1000));
    let range: KeyRange | undefined =
      after === undefined ? seconds : behind(seconds, entryKeyRange(after).gte);
    while (range !== undefined) {
      const page: KeyPage = await this.#keyPage(range);
      const named = page.keys.filter(({ location }) => location.at !== 'alias');
      for (let i = 0; i < named.length; i += ENTRIES_TOGETHER) {
        const entries = await Promise.all(
          named.slice(i, i + ENTRIES_TOGETHER).map((one) => this.#ownEntry(one, page.cuts)),
        );
        for (const entry of entries) {
          if (entry !== undefined && entry.receivedAt >= from && entry.receivedAt < to) yield entry;
        }
      }
      range = page.rest;
    }
  }

  async *keys(
    from: number,
    to: number,
  ): AsyncGenerator<{ readonly key: EntryKey; readonly pending: boolean }> {
    let range: KeyRange | undefined = secondsRange(from, to);
    while (range !== undefined) {
      const page: KeyPage = await this.#keyPage(range);
      for (const { key, location } of page.keys) {
        if (location.at !== 'alias') yield { key, pending: location.at === 'pending' };
      }
      range = page.rest;
    }
  }

  async find(prefix: ObjectId | EntryKey): Promise<StoredEntry[]> {
    const { findEntriesMax } = this.options.limits;
    const found = new Map<string, StoredEntry>();
    let range: KeyRange | undefined = entryKeyRange(prefix);
    while (range !== undefined && found.size < findEntriesMax) {
      const page: KeyPage = await this.#keyPage(range);
      for (const { key, location } of page.keys) {
        if (found.size >= findEntriesMax) break;
        const entry = await this.#entryOf(key, location, page.cuts);
        if (entry !== undefined) found.set(`${entry.origin.store} ${entry.origin.arrival}`, entry);
      }
      range = page.rest;
    }
    return [...found.values()];
  }

  async findDigest(digest: Digest, kind?: EntryKind): Promise<StoredEntry | undefined> {
    for await (const entry of this.#withBody(digest)) if (entry.kind === (kind ?? entry.kind)) return entry;
    return undefined;
  }

  async *eventsWithBody(digest: Digest): AsyncGenerator<StoredEntry> {
    let range: KeyRange | undefined = digestRange(digest);
    while (range !== undefined) {
      await this.options.ready();
      const rows = await this.options.index.rows(range, KEYS_PAGE);
      for (const [row] of rows) {
        const entry = await this.#ofBody(entryKeyOfDigestRow(row), digest);
        if (entry !== undefined) yield entry;
      }
      range = rows.length === 0 ? undefined : behind(range, rows.at(-1)![0]);
    }
  }

  async eventKeys(identityPrefix: Buffer, limit: number): Promise<EntryKey[]> {
    await this.options.ready();
    const page = { ...KEYS_PAGE, rowsMax: Math.min(limit, KEYS_PAGE.rowsMax) };
    const rows = await this.options.index.rows(identityRange(identityPrefix), page);
    return rows.map(([, key]) => key as EntryKey);
  }

  /** First those without event id. */
  async *#withBody(digest: Digest): AsyncGenerator<StoredEntry> {
    for (const key of this.options.index.keysOfBody(digest)) {
      const entry = await this.#ofBody(key, digest);
      if (entry !== undefined) yield entry;
    }
    yield* this.eventsWithBody(digest);
  }

  async #ofBody(key: EntryKey, digest: Digest): Promise<StoredEntry | undefined> {
    const [entry] = await this.find(key);
    return entry?.digest.equals(digest) ? entry : undefined;
  }

  async #keyPage(range: KeyRange): Promise<KeyPage> {
    const { cuts } = this.options.state();
    await this.options.ready();
    const rows = await this.options.index.rows(range, KEYS_PAGE);
    const keys = rows.map(([row, value]) => ({ key: entryKeyOf(row), location: decodeLocation(value) }));
    return { cuts, keys, rest: rows.length === 0 ? undefined : behind(range, rows.at(-1)![0]) };
  }

  /** Records up to `last`, or to where the log ends meanwhile. */
  async #page(after: Position, last: Position, limits: PageLimits): Promise<RawRecord[]> {
    for (;;) {
      const { position, cuts } = this.options.state();
      const end = comparePositions(last, position) < 0 ? last : position;
      const page = await this.#unlessCut(cuts, () => this.options.rows.page(after, end, limits));
      if (page !== undefined) return page;
    }
  }

  /** undefined when something was missing because it was cut meanwhile: only without a cut that is damage. */
  async #unlessCut<T>(cuts: number, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isDamage(error)) throw error;
      await this.options.settled();
      if (this.options.state().cuts === cuts) throw error;
      return undefined;
    }
  }

  /** The entry of a key; undefined when the key meanwhile became an alias, and its entry stands under another one. */
  async #ownEntry(
    { key, location }: KeyPage['keys'][number],
    cuts: number,
  ): Promise<StoredEntry | undefined> {
    const entry = await this.#entryOf(key, location, cuts);
    return entry?.key.equals(key) ? entry : undefined;
  }

  /**
   * Looks again where the index says that the entry is now, if it went to the log, or was cut from it, meanwhile.
   * @param cuts how often the log had been cut when the index named the location, or before that
   */
  async #entryOf(key: EntryKey, location: Location, cuts: number): Promise<StoredEntry | undefined> {
    const { rows, index, ready, settled, state } = this.options;
    let at: Location | undefined = location;
    let cutsThen = cuts;
    for (let looks = 0; at !== undefined && looks < LOOKS_MAX; looks++) {
      const place: Location = at;
      const entry = await this.#unlessCut(cutsThen, () => readAt(rows, place));
      if (entry !== undefined && isNamed(entry, key, place)) return entry;
      // what moved it may be on the disk, and not yet told
      await settled();
      cutsThen = state().cuts;
      await ready();
      [at] = await index.locations([key]);
    }
    return undefined;
  }
}

/** Sequences are given again after a cut: what stands at a place may be another entry than when it was named. */
function isNamed(entry: StoredEntry, key: EntryKey, { at }: Location): boolean {
  return entry.key.equals(key) || (at === 'alias' && identityOf(entry.key).equals(identityOf(key)));
}

/** The part of a range behind a row. */
function behind({ gte, lt }: KeyRange, row: Buffer): KeyRange {
  return Buffer.compare(row, gte) < 0 ? { gte, lt } : { gte: Buffer.concat([row, Buffer.of(0)]), lt };
}
