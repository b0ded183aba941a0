import type { EntryKey } from '@hooklog/object-id';
import type { Entry } from '../entry';
import { decodePendingFrame, isWholePending, type PendingRecord } from '../frame/frame';
import { unlessDamaged, LogError } from '../log-error';
import { behind, type Position } from '../position';
import type { Database, PageLimits } from './database';
import { readPage } from './database';
import { arrivalOf, PENDING_ROWS, pendingKey, positionOf, RETIRED_ROWS, retiredKey } from './keys';
import { decodeRetired } from './marks';

const COUNTED_TOGETHER = 1024;

/** A pending entry of this store. `key` is undefined where its frame is damaged. */
export interface OwnPending {
  readonly frame: Buffer;
  readonly key: EntryKey | undefined;
}

/** Entries that the log does not name, or may be cut to name no longer. */
export class PendingRows {
  constructor(private readonly database: Database) {}

  async entry(arrival: number): Promise<Entry | undefined> {
    const frame = await this.database.get(pendingKey(arrival));
    return frame && decodeOwnPending(checked({ arrival, frame }));
  }

  /** Frames of arrivals in (after, last], up to the first damaged one; that is an error of its own page. */
  async page(after: number, last: number, limits: PageLimits): Promise<PendingRecord[]> {
    const records = await this.rawPage(after, last, limits);
    const bad = records.findIndex(({ arrival, frame }) => !isWholePending(frame, arrival));
    if (bad === 0) throw damagedPending(records[0]!.arrival);
    return bad < 0 ? records : records.slice(0, bad);
  }

  /** The same without a look at the frames. */
  async rawPage(after: number, last: number, limits: PageLimits): Promise<PendingRecord[]> {
    if (after >= last) return [];
    const range = { gte: pendingKey(after + 1), lt: pendingKey(last + 1) };
    const rows = await readPage(this.database, range, limits);
    return rows.map(([key, frame]) => ({ arrival: arrivalOf(key), frame }));
  }

  async last(): Promise<number | undefined> {
    const [key] = await this.database.keys({ ...PENDING_ROWS, reverse: true, limit: 1 }).all();
    return key && arrivalOf(key);
  }

  /** Those of these arrivals that are pending. */
  async of(arrivals: readonly number[]): Promise<Map<number, OwnPending>> {
    const frames = await this.database.getMany(arrivals.map(pendingKey));
    const found = new Map<number, OwnPending>();
    for (const [i, arrival] of arrivals.entries()) {
      const frame = frames[i];
      if (frame !== undefined) found.set(arrival, { frame, key: keyOf({ arrival, frame }) });
    }
    return found;
  }

  /** Arrivals that are pending under one of these keys (latin1), by a look at all of them. */
  async named(keys: ReadonlySet<string>, limits: PageLimits): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    const last = (await this.last()) ?? 0;
    for (let after = 0; after < last;) {
      const records = await this.rawPage(after, last, limits);
      for (const record of records) {
        const key = keyOf(record)?.toString('latin1');
        if (key !== undefined && keys.has(key)) found.set(key, record.arrival);
      }
      after = records.at(-1)?.arrival ?? last;
    }
    return found;
  }

  /** What the receipt at this place of the log ended. */
  async retired(position: Position): Promise<PendingRecord | undefined> {
    const row = await this.database.get(retiredKey(position));
    return row && decodeRetired(row);
  }

  /** Places up to `last` whose ended pending entries are still kept, at most `max`. */
  async retiredUpTo(last: Position, max: number): Promise<Position[]> {
    const range = { gte: RETIRED_ROWS.gte, lt: retiredKey(behind(last)) };
    const keys = await this.database.keys({ ...range, limit: max }).all();
    return keys.map(positionOf);
  }

  /** Places from there on, at most `max`. */
  async retiredFrom(from: Position, max: number): Promise<Position[]> {
    const keys = await this.database.keys({ ...RETIRED_ROWS, gte: retiredKey(from), limit: max }).all();
    return keys.map(positionOf);
  }

  async countRetired(): Promise<number> {
    const keys = this.database.keys(RETIRED_ROWS);
    try {
      let count = 0;
      for (;;) {
        const page = await keys.nextv(COUNTED_TOGETHER);
        if (page.length === 0) return count;
        count += page.length;
      }
    } finally {
      await keys.close();
    }
  }
}

export function decodeOwnPending({ arrival, frame }: PendingRecord): Entry {
  try {
    return decodePendingFrame(frame, arrival);
  } catch (error) {
    if (error instanceof LogError && error.code === 'DAMAGED_FRAME') throw damagedPending(arrival, error);
    throw error;
  }
}

/** undefined where the frame is damaged. */
export function wholePending(record: PendingRecord): Entry | undefined {
  return unlessDamaged(() => decodeOwnPending(record));
}

function keyOf(record: PendingRecord): EntryKey | undefined {
  return wholePending(record)?.key;
}

function checked(record: PendingRecord): PendingRecord {
  if (isWholePending(record.frame, record.arrival)) return record;
  throw damagedPending(record.arrival);
}

function damagedPending(arrival: number, cause?: unknown): LogError {
  const message = `the pending entry of arrival ${arrival} has a wrong checksum; the store is damaged: restore it from a backup`;
  return new LogError('DAMAGED', message, { cause });
}
