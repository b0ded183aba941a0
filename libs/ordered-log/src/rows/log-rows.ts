import type { Entry } from '../entry';
import { chainOf, decodeRecord, isWhole, printPosition, type RawRecord } from '../frame/frame';
import type { LogRecord, MembersRecord, Writer } from '../frame/record';
import { unlessDamaged, LogError } from '../log-error';
import { behind, comparePositions, follows, type Position } from '../position';
import type { Database, PageLimits } from './database';
import { readPage } from './database';
import { epochKey, type KeyRange, LOG_ROWS, logKey, MEMBERS_ROWS, membersKey, positionOf } from './keys';
import { decodePosition } from './marks';
import { PendingRows } from './pending-rows';

const SCAN_ROWS = 256;

/** The rows of `log/`, never given out without a look at their checksum. */
export class LogRows {
  /** What is not, or not for good, in the log. */
  readonly pending: PendingRows;

  constructor(readonly database: Database) {
    this.pending = new PendingRows(database);
  }

  /** The last record, before a place if one is given. */
  async last(before?: Position): Promise<RawRecord | undefined> {
    const end = before === undefined ? LOG_ROWS : { ...LOG_ROWS, lt: logKey(before) };
    const row = await this.#rawFirst({ ...end, reverse: true });
    return row && checked(row);
  }

  /** The row before a place, without a look at it. */
  async rawBefore(position: Position): Promise<RawRecord | undefined> {
    return this.#rawFirst({ gte: LOG_ROWS.gte, lt: logKey(position), reverse: true });
  }

  /** The last row, without a look at it. */
  async rawLast(): Promise<RawRecord | undefined> {
    return this.#rawFirst({ ...LOG_ROWS, reverse: true });
  }

  /** The row behind a place, without a look at it. */
  async rawBehind(position: Position): Promise<RawRecord | undefined> {
    return this.#rawFirst({ gte: logKey(behind(position)), lt: LOG_ROWS.lt });
  }

  /** The row at a place, without a look at it. */
  async rawAt(position: Position): Promise<RawRecord | undefined> {
    const frame = await this.database.get(logKey(position));
    return frame && { position, frame };
  }

  /** All rows from the last one backwards, before a place if one is given, without a look at them. */
  async *rawBackwards(highWaterMarkBytes: number, before?: Position): AsyncGenerator<RawRecord> {
    const end = before === undefined ? LOG_ROWS : { ...LOG_ROWS, lt: logKey(before) };
    const options = { ...end, reverse: true, highWaterMarkBytes };
    const iterator = this.database.iterator(options);
    try {
      for (;;) {
        const rows = await iterator.nextv(SCAN_ROWS);
        if (rows.length === 0) return;
        for (const [key, frame] of rows) yield { position: positionOf(key), frame };
      }
    } finally {
      await iterator.close();
    }
  }

  async #rawFirst(range: KeyRange & { readonly reverse?: boolean }): Promise<RawRecord | undefined> {
    const [row] = await this.database.iterator({ ...range, limit: 1 }).all();
    return row && { position: positionOf(row[0]), frame: row[1] };
  }

  /** Records behind `after` up to `end`, the last one of the log, from there backwards: at least one. */
  async lastBehind(after: Position, end: Position, limits: PageLimits): Promise<RawRecord[]> {
    const rows = await this.rawLastFrom(behind(after), limits);
    let next: Position | undefined;
    for (const record of rows) {
      const { position } = checked(record);
      const joins = next === undefined ? comparePositions(position, end) === 0 : follows(next, position);
      if (!joins) throw hole(position);
      next = position;
    }
    if (next === undefined) throw hole(after);
    return rows;
  }

  /** Rows from a place on, from the end backwards, without a look at them. */
  async rawLastFrom(from: Position, limits: PageLimits): Promise<RawRecord[]> {
    const range = { gte: logKey(from), lt: LOG_ROWS.lt };
    const rows = await readPage(this.database, range, limits, 'backwards');
    return rows.map(([key, frame]) => ({ position: positionOf(key), frame }));
  }

  /** The last members record, before a place if one is given. */
  async membersBefore(position?: Position): Promise<MembersRecord | undefined> {
    const range = position === undefined ? MEMBERS_ROWS : { ...MEMBERS_ROWS, lt: membersKey(position) };
    const [key] = await this.database.keys({ ...range, reverse: true, limit: 1 }).all();
    if (key === undefined) return undefined;
    const record = await this.record(positionOf(key));
    if (record === undefined) throw hole(positionOf(key));
    const decoded = decodeOwn(record);
    if (decoded.type !== 'members') throw damaged(decoded.position, 'names no members');
    return decoded;
  }

  /** The last members record that can be read at all. */
  async lastWholeMembers(): Promise<MembersRecord | undefined> {
    for await (const key of this.database.keys({ ...MEMBERS_ROWS, reverse: true })) {
      const raw = await this.rawAt(positionOf(key));
      const record = raw && wholeRecord(raw);
      if (record?.type === 'members') return record;
    }
    return undefined;
  }

  /** Place of the record that began an epoch. */
  async beginningOf(epoch: number): Promise<Position | undefined> {
    const row = await this.database.get(epochKey(epoch));
    return row && decodePosition(row);
  }

  /** Who began an epoch of this log. */
  async writerOf(epoch: number): Promise<Writer | undefined> {
    const position = await this.beginningOf(epoch);
    const record = position && (await this.record(position));
    const decoded = record && decodeOwn(record);
    return decoded?.type === 'epoch' ? decoded.writer : undefined;
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
    const range = { gte: logKey(behind(after)), lt: logKey(behind(last)) };
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
}

/** What is sealed with a right checksum and still does not decode was not written by this version. */
export function decodeOwn(record: RawRecord): LogRecord {
  try {
    return decodeRecord(record);
  } catch (error) {
    if (error instanceof LogError && error.code === 'DAMAGED_FRAME')
      throw damaged(record.position, error.message, error);
    throw error;
  }
}

/** undefined where the frame is damaged. */
export function wholeRecord(record: RawRecord): LogRecord | undefined {
  return unlessDamaged(() => decodeOwn(record));
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
