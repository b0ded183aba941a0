import type { Database, PageLimits } from './database';
import type { EntryKey } from '@hooklog/object-id';
import { readPage } from './database';
import type { Entry } from './entry';
import { chainOf, decodePendingFrame, decodeRecord, isWhole, printPosition } from './frame/frame';
import type { PendingRecord, RawRecord } from './frame/frame';
import { isWholePending } from './frame/frame';
import type { LogRecord } from './frame/record';
import { arrivalOf, LOG_ROWS, logKey, PENDING_ROWS, pendingKey, positionOf } from './keys';
import { LogError } from './log-error';
import { comparePositions, follows, type Position, START } from './position';

/** The rows of `log/`, never given out without a look at their checksum. */
export class LogRows {
  constructor(readonly database: Database) {}

  async last(): Promise<RawRecord | undefined> {
    const [row] = await this.database.iterator({ ...LOG_ROWS, reverse: true, limit: 1 }).all();
    return row && checked({ position: positionOf(row[0]), frame: row[1] });
  }

  async record(position: Position): Promise<RawRecord | undefined> {
    const frame = await this.database.get(logKey(position));
    return frame && checked({ position, frame });
  }

  async chainAt(position: Position): Promise<Buffer | undefined> {
    const record = await this.record(position);
    return record && chainOf(record.frame);
  }

  /** The entry of a sequence that the index or the tail names: that it is missing is damage. */
  async entry(sequence: number): Promise<Entry> {
    const position = { sequence, n: 0 };
    const record = await this.record(position);
    if (record === undefined) throw hole(position);
    const decoded = decodeOwn(record);
    if (decoded.type !== 'entry') throw damaged(position, 'is no entry');
    return decoded.entry;
  }

  /** Records behind `after`, up to `last`, without a hole between them. */
  async page(after: Position, last: Position, limits: PageLimits): Promise<RawRecord[]> {
    if (comparePositions(after, last) >= 0) return [];
    const range = { gte: logKey(controlAfterAny(after)), lt: logKey(controlAfterAny(last)) };
    const rows = await readPage(this.database, range, limits);
    const records = rows.map(([key, frame]) => checked({ position: positionOf(key), frame }));
    let previous = after;
    for (const { position } of records) {
      if (!follows(position, previous)) throw hole(previous);
      previous = position;
    }
    if (records.length === 0) throw hole(after);
    return records;
  }

  async pending(arrival: number): Promise<Entry | undefined> {
    const frame = await this.database.get(pendingKey(arrival));
    return frame && decodeOwnPending(checkedPending({ arrival, frame }));
  }

  /** Pending frames of arrivals in (after, last], up to the first damaged one; that is an error of its own page. */
  async pendingPage(after: number, last: number, limits: PageLimits): Promise<PendingRecord[]> {
    if (after >= last) return [];
    const range = { gte: pendingKey(after + 1), lt: pendingKey(last + 1) };
    const rows = await readPage(this.database, range, limits);
    const records = rows.map(([key, frame]) => ({ arrival: arrivalOf(key), frame }));
    const bad = records.findIndex(({ arrival, frame }) => !isWholePending(frame, arrival));
    if (bad === 0) throw damagedPending(records[0]!.arrival);
    return bad < 0 ? records : records.slice(0, bad);
  }

  async lastPending(): Promise<number | undefined> {
    const [key] = await this.database.keys({ ...PENDING_ROWS, reverse: true, limit: 1 }).all();
    return key && arrivalOf(key);
  }

  /** The keys of those of these arrivals that are pending; undefined where the frame is damaged. */
  async pendingKeysOf(arrivals: readonly number[]): Promise<Map<number, EntryKey | undefined>> {
    const frames = await this.database.getMany(arrivals.map(pendingKey));
    const keys = new Map<number, EntryKey | undefined>();
    for (const [i, arrival] of arrivals.entries()) {
      const frame = frames[i];
      if (frame === undefined) continue;
      const whole = isWholePending(frame, arrival);
      keys.set(arrival, whole ? decodeOwnPending({ arrival, frame }).key : undefined);
    }
    return keys;
  }
}

export function decodeOwn(record: RawRecord): LogRecord {
  return owned(record.position, () => decodeRecord(record));
}

export function decodeOwnPending({ arrival, frame }: PendingRecord): Entry {
  return owned(START, () => decodePendingFrame(frame, arrival));
}

export function damaged(position: Position, what: string, cause?: unknown): LogError {
  const advice = 'the store is damaged: stop this node and restore it from a peer or a backup';
  return new LogError('DAMAGED', `the record at ${printPosition(position)} ${what}; ${advice}`, {
    position,
    cause,
  });
}

export function corrupt(end: Position, cause: unknown): LogError {
  return damaged(end, 'ends what is known of a log that LevelDB finds corrupt', cause);
}

export function hole(after: Position): LogError {
  return damaged(after, 'has no successor, or is missing');
}

function checked(record: RawRecord): RawRecord {
  if (!isWhole(record.frame, record.position)) throw damaged(record.position, 'has a wrong checksum');
  return record;
}

function checkedPending(record: PendingRecord): PendingRecord {
  if (isWholePending(record.frame, record.arrival)) return record;
  throw damagedPending(record.arrival);
}

function damagedPending(arrival: number): LogError {
  const message = `the pending entry of arrival ${arrival} has a wrong checksum; the store is damaged: restore it from a backup`;
  return new LogError('DAMAGED', message);
}

/** What is sealed with a right checksum and still does not decode was not written by this version. */
function owned<T>(position: Position, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof LogError && error.code === 'DAMAGED_FRAME')
      throw damaged(position, error.message, error);
    throw error;
  }
}

/** The smallest position behind this one, whatever stands there. */
function controlAfterAny({ sequence, n }: Position): Position {
  return { sequence, n: n + 1 };
}
