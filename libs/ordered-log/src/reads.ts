import { type Digest, type EntryKey, type EntryKind, type ObjectId } from '@hooklog/object-id';
import type { PageLimits } from './database';
import type { DerivedIndex } from './derived-index';
import type { StoredEntry } from './entry';
import { chainOf, type PendingRecord, type RawRecord } from './frame/frame';
import { NO_CHAIN } from './frame/chain';
import { decodeLocation, type Location } from './index-rows';
import {
  digestRange,
  entryKeyOf,
  entryKeyOfDigestRow,
  entryKeyRange,
  type KeyRange,
  secondsRange,
} from './keys';
import type { LogLimits } from './limits';
import { decodeOwn, type LogRows } from './log-rows';
import { readAt } from './lookup';
import { comparePositions, type Position } from './position';
import type { LogState } from './state';

export interface ReadsOptions {
  readonly rows: LogRows;
  readonly index: DerivedIndex;
  readonly limits: LogLimits;
  readonly state: () => LogState;
  /** Resolves when the index knows all that was answered; throws when it never will. */
  readonly ready: () => Promise<void>;
}

interface KeyPage {
  readonly keys: readonly { readonly key: EntryKey; readonly location: Location }[];
  /** undefined: this was the last page */
  readonly rest: KeyRange | undefined;
}

/** Rows of keys are small. */
const KEYS_PAGE: PageLimits = { bytesMax: 64 * 1024, rowsMax: 1024 };
/** Entries read together by one page of a walk by time: one body may be as large as an entry can be. */
const ENTRIES_TOGETHER = 4;

/** Everything that reads, in bounded pages: no iterator stays open while a consumer thinks. */
export class Reads {
  constructor(private readonly options: ReadsOptions) {}

  async records(after: Position, limits: PageLimits): Promise<RawRecord[]> {
    return this.options.rows.page(after, this.options.state().position, limits);
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
    return this.options.rows.pendingPage(afterArrival, this.options.state().arrival, limits);
  }

  async *entries(after: number, limit: number): AsyncGenerator<StoredEntry & { readonly sequence: number }> {
    const { limits, state } = this.options;
    const page = { bytesMax: limits.pageBytesMax, rowsMax: limits.pageEntriesMax };
    const last = state().position;
    let left = limit;
    let at: Position = after <= 0 ? { sequence: 0, n: 0 } : { sequence: after, n: 0 };
    while (left > 0 && comparePositions(at, last) < 0) {
      const records = await this.options.rows.page(at, last, page);
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
          named.slice(i, i + ENTRIES_TOGETHER).map((one) => this.#ownEntry(one)),
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
        const entry = await this.#entryOf(key, location);
        if (entry !== undefined) found.set(`${entry.origin.store} ${entry.origin.arrival}`, entry);
      }
      range = page.rest;
    }
    return [...found.values()];
  }

  async findDigest(digest: Digest, kind?: EntryKind): Promise<StoredEntry | undefined> {
    let range: KeyRange | undefined = digestRange(digest);
    while (range !== undefined) {
      await this.options.ready();
      const rows = await this.options.index.rows(range, KEYS_PAGE);
      for (const [row] of rows) {
        const [entry] = await this.find(entryKeyOfDigestRow(row));
        if (entry?.digest.equals(digest) && entry.kind === (kind ?? entry.kind)) return entry;
      }
      range = rows.length === 0 ? undefined : behind(range, rows.at(-1)![0]);
    }
    return undefined;
  }

  async #keyPage(range: KeyRange): Promise<KeyPage> {
    await this.options.ready();
    const rows = await this.options.index.rows(range, KEYS_PAGE);
    const keys = rows.map(([row, value]) => ({ key: entryKeyOf(row), location: decodeLocation(value) }));
    return { keys, rest: rows.length === 0 ? undefined : behind(range, rows.at(-1)![0]) };
  }

  /** The entry of a key; undefined when the key meanwhile became an alias, and its entry stands under another one. */
  async #ownEntry({ key, location }: KeyPage['keys'][number]): Promise<StoredEntry | undefined> {
    const entry = await this.#entryOf(key, location);
    return entry?.key.equals(key) ? entry : undefined;
  }

  async #entryOf(key: EntryKey, location: Location): Promise<StoredEntry | undefined> {
    const entry = await readAt(this.options.rows, location);
    if (entry !== undefined) return entry;
    await this.options.ready();
    const [now] = await this.options.index.locations([key]);
    return now && readAt(this.options.rows, now);
  }
}

/** The part of a range behind a row. */
function behind({ gte, lt }: KeyRange, row: Buffer): KeyRange {
  return Buffer.compare(row, gte) < 0 ? { gte, lt } : { gte: Buffer.concat([row, Buffer.of(0)]), lt };
}
