import { clusterOf, NO_CHAIN, nextChain } from './frame/chain';
import { chainOf, contentOf, isWhole, type RawRecord } from './frame/frame';
import type { LogLimits } from './limits';
import { LogError } from './log-error';
import { comparePositions, controlAfter, follows, type Position, START } from './position';
import type { Database } from './rows/database';
import { readPages, writeBatch } from './rows/database';
import { decodeU64, encodeU64 } from './rows/index-rows';
import { EARLIER_LOG_ROWS, logKey, positionOf } from './rows/keys';
import { damaged, decodeOwn, hole, type LogRows } from './rows/log-rows';
import {
  type Arrived,
  decodeExtent,
  decodePromise,
  type Extent,
  FORMAT_ROW,
  PROMISED_ROW,
  readMarks,
  STORE_ROW,
} from './rows/marks';
import { decodeOwnPending } from './rows/pending-rows';
import { EMPTY_STATE, type LogState } from './state';

/** Version of the rows of the log. That of a frame is its own. */
const LOG_FORMAT = 2;
/** Had its records under another letter. */
const EARLIER_LOG_FORMAT = 1;
const MOVED_PAGE = { bytesMax: 4 * 1024 * 1024, rowsMax: 4096 };

export interface OpenedLog {
  readonly store: string;
  readonly state: LogState;
  /** No record up to here is ever cut. */
  readonly committed: Position;
}

export async function ensureOpen(database: Database): Promise<void> {
  if (database.status !== 'open') await database.open();
}

/**
 * What the log is, told by its rows alone. After a clean stop its end must be where it was; after any other
 * stop its last part and all pending entries are proved.
 * @throws LogError DAMAGED, FORMAT_UNKNOWN: an open log has no hole that could be known of
 */
export async function openLog(rows: LogRows, newStoreId: string, limits: LogLimits): Promise<OpenedLog> {
  const { database } = rows;
  const store = await openFormat(database, newStoreId);
  const marks = await readMarks(database);
  const { arrived, committed, cleanStop } = marks;
  const end = await readEnd(rows);
  const promise = await readPromise(database);
  const state: LogState = {
    ...end,
    ...(promise.promised < end.epoch ? { promised: end.epoch, promisedTo: end.writer!.store } : promise),
    arrived,
    arrival: arrived.arrival,
    receivedAt: arrived.receivedAt,
    lostUpTo: marks.lostUpTo,
    cuts: marks.cuts,
    retired: await rows.pending.countRetired(),
  };
  if (comparePositions(committed, state.position) > 0)
    throw damaged(committed, 'was committed, and is missing now');
  if (cleanStop !== undefined)
    return { store, committed, state: afterCleanStop(state, decodeExtent(cleanStop)) };
  await proveEnd(rows, limits);
  const receivedAt = await lastReceivedAt(rows, store, arrived, limits);
  return { store, committed, state: await countPending(rows, { ...state, receivedAt }, limits) };
}

/** The last receipt time of this store: what it has noted, or its last entry in the log behind that. */
async function lastReceivedAt(
  rows: LogRows,
  store: string,
  { receivedAt, sequence }: Arrived,
  limits: LogLimits,
): Promise<number> {
  if (sequence === undefined) return receivedAt;
  for await (const raw of rows.rawBackwards(limits.pageBytesMax)) {
    if (raw.position.sequence <= sequence) break;
    const record = decodeOwn(raw);
    if (record.type === 'entry' && record.entry.origin.store === store)
      return Math.max(receivedAt, record.entry.receivedAt);
  }
  return receivedAt;
}

async function readPromise(database: Database): Promise<Pick<LogState, 'promised' | 'promisedTo'>> {
  const row = await database.get(PROMISED_ROW);
  if (row === undefined) return EMPTY_STATE;
  const promise = decodePromise(row);
  if (promise === undefined)
    throw new LogError('DAMAGED', 'what this store promised is unreadable: restore it');
  const { promised, promisedTo } = promise;
  return { promised, promisedTo };
}

async function openFormat(database: Database, newStoreId: string): Promise<string> {
  const [format, store] = await database.getMany([FORMAT_ROW, STORE_ROW]);
  if (format !== undefined && store !== undefined && isReadable(decodeU64(format))) {
    await moveEarlierRows(database, decodeU64(format));
    return store.toString('hex');
  }
  const [any] = await database.keys({ limit: 1 }).all();
  if (any !== undefined) {
    const found = format?.length === 8 ? `format ${decodeU64(format)}` : 'something that is no log';
    const advice = 'start the version that wrote it, or name another folder';
    throw new LogError(
      'FORMAT_UNKNOWN',
      `the folder of the log holds ${found}, and this version reads format ${LOG_FORMAT}: ${advice}`,
    );
  }
  const rows = [
    { key: FORMAT_ROW, value: encodeU64(LOG_FORMAT) },
    { key: STORE_ROW, value: Buffer.from(newStoreId, 'hex') },
  ];
  await writeBatch(database, rows, true);
  return newStoreId;
}

function isReadable(format: number): boolean {
  return format === LOG_FORMAT || format === EARLIER_LOG_FORMAT;
}

/** Records of a store of format 1 get the keys of this one. It is of this format before any record is. */
async function moveEarlierRows(database: Database, format: number): Promise<void> {
  if (format !== LOG_FORMAT)
    await writeBatch(database, [{ key: FORMAT_ROW, value: encodeU64(LOG_FORMAT) }], true);
  for await (const rows of readPages(database, EARLIER_LOG_ROWS, MOVED_PAGE)) {
    const moved = rows.flatMap(([key, value]) => [{ key: logKey(positionOf(key)), value }, { key }]);
    await writeBatch(database, moved, true);
  }
}

async function readEnd(rows: LogRows): Promise<LogState> {
  const last = await rows.last();
  if (last === undefined) return EMPTY_STATE;
  const { epoch } = decodeOwn(last);
  const writer = await rows.writerOf(epoch);
  if (writer === undefined) throw damaged(last.position, `is of epoch ${epoch}, whose beginning is missing`);
  const named = await rows.membersBefore();
  const first = await rows.chainAt(controlAfter(START));
  if (first === undefined) throw hole(START);
  return {
    ...EMPTY_STATE,
    position: last.position,
    chain: chainOf(last.frame),
    cluster: clusterOf(first),
    epoch,
    writer,
    ...(named && { members: named.members, membersAt: named.position }),
  };
}

function afterCleanStop(state: LogState, mark: Extent | undefined): LogState {
  if (mark === undefined) throw damaged(state.position, 'ends a log whose clean-stop mark is unreadable');
  const sameEnd = comparePositions(mark.position, state.position) === 0 && mark.chain.equals(state.chain);
  if (!sameEnd || mark.arrival !== state.arrival)
    throw damaged(mark.position, 'was the last one at the clean stop, and is not now');
  return { ...state, pending: mark.pending, cleanStop: true };
}

/** Walks back from the end as far as anything may have been in flight: checksums, no hole, chain. */
async function proveEnd(rows: LogRows, limits: LogLimits): Promise<void> {
  let bytes = 0;
  let next: RawRecord | undefined;
  for await (const record of rows.rawBackwards(limits.pageBytesMax)) {
    if (bytes >= limits.openCheckBytesMax) return;
    if (!isWhole(record.frame, record.position)) throw damaged(record.position, 'has a wrong checksum');
    if (next !== undefined) proveLink(record, next);
    bytes += record.frame.length;
    next = record;
  }
  proveStart(next);
}

function proveLink(record: RawRecord, next: RawRecord): void {
  if (!follows(next.position, record.position)) throw hole(record.position);
  const chain = nextChain(chainOf(record.frame), contentOf(next.frame));
  if (!chain.equals(chainOf(next.frame))) throw damaged(next.position, 'breaks the chain');
}

function proveStart(first: RawRecord | undefined): void {
  if (first === undefined) return;
  if (!follows(first.position, START)) throw hole(START);
  if (!nextChain(NO_CHAIN, contentOf(first.frame)).equals(chainOf(first.frame))) {
    throw damaged(first.position, 'breaks the chain');
  }
}

async function countPending(rows: LogRows, state: LogState, limits: LogLimits): Promise<LogState> {
  const last = (await rows.pending.last()) ?? 0;
  const page = { bytesMax: limits.pageBytesMax, rowsMax: limits.pageEntriesMax };
  let { pending } = state;
  let latest = 0;
  let after = 0;
  while (after < last) {
    const records = await rows.pending.page(after, last, page);
    for (const record of records) latest = Math.max(latest, decodeOwnPending(record).receivedAt);
    pending += records.length;
    after = records.at(-1)?.arrival ?? last;
  }
  // what came back from the log may have the time of another store
  const receivedAt = state.receivedAt === 0 ? latest : state.receivedAt;
  return { ...state, pending, receivedAt, arrival: Math.max(state.arrival, last) };
}
