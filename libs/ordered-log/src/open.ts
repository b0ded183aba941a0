import type { Database } from './database';
import { writeBatch } from './database';
import { FORMAT } from './frame/content';
import { chainOf, contentOf, isWhole, type RawRecord } from './frame/frame';
import { NO_CHAIN, nextChain } from './frame/chain';
import { decodeU64, encodeU64 } from './index-rows';
import { LOG_ROWS, positionOf } from './keys';
import type { LogLimits } from './limits';
import { LogError } from './log-error';
import { damaged, decodeOwn, decodeOwnPending, hole, type LogRows } from './log-rows';
import {
  ARRIVED_ROW,
  CLEAN_STOP_ROW,
  decodeArrived,
  decodeExtent,
  type Extent,
  FORMAT_ROW,
  PROMISED_ROW,
  STORE_ROW,
} from './marks';
import { comparePositions, follows, START } from './position';
import { EMPTY_STATE, type LogState } from './state';

export interface OpenedLog {
  readonly store: string;
  readonly state: LogState;
}

const SCAN_ROWS = 256;

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
  const end = await readEnd(rows);
  const arrived = decodeArrived(await database.get(ARRIVED_ROW));
  const promised = await database.get(PROMISED_ROW);
  const mark = await database.get(CLEAN_STOP_ROW);
  const state = { ...end, ...arrived, promised: Math.max(end.epoch, promised ? decodeU64(promised) : 0) };
  if (mark !== undefined) return { store, state: afterCleanStop(state, decodeExtent(mark)) };
  await proveEnd(rows, limits);
  return { store, state: await countPending(rows, state, limits) };
}

async function openFormat(database: Database, newStoreId: string): Promise<string> {
  const [format, store] = await database.getMany([FORMAT_ROW, STORE_ROW]);
  if (format !== undefined && store !== undefined && decodeU64(format) === FORMAT)
    return store.toString('hex');
  const [any] = await database.keys({ limit: 1 }).all();
  if (any !== undefined) {
    const found = format?.length === 8 ? `format ${decodeU64(format)}` : 'something that is no log';
    const advice = 'start the version that wrote it, or name another folder';
    throw new LogError(
      'FORMAT_UNKNOWN',
      `the folder of the log holds ${found}, and this version reads format ${FORMAT}: ${advice}`,
    );
  }
  const rows = [
    { key: FORMAT_ROW, value: encodeU64(FORMAT) },
    { key: STORE_ROW, value: Buffer.from(newStoreId, 'hex') },
  ];
  await writeBatch(database, rows, true);
  return newStoreId;
}

async function readEnd(rows: LogRows): Promise<LogState> {
  const last = await rows.last();
  if (last === undefined) return EMPTY_STATE;
  return {
    ...EMPTY_STATE,
    position: last.position,
    chain: chainOf(last.frame),
    epoch: decodeOwn(last).epoch,
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
  const options = { ...LOG_ROWS, reverse: true, highWaterMarkBytes: limits.pageBytesMax };
  const iterator = rows.database.iterator(options);
  let bytes = 0;
  let next: RawRecord | undefined;
  try {
    while (bytes < limits.openCheckBytesMax) {
      const page = await iterator.nextv(SCAN_ROWS);
      if (page.length === 0) return proveStart(next);
      for (const [key, frame] of page) {
        const record = { position: positionOf(key), frame };
        if (!isWhole(frame, record.position)) throw damaged(record.position, 'has a wrong checksum');
        if (next !== undefined) proveLink(record, next);
        bytes += frame.length;
        next = record;
      }
    }
  } finally {
    await iterator.close();
  }
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
  const last = (await rows.lastPending()) ?? 0;
  const page = { bytesMax: limits.pageBytesMax, rowsMax: limits.pageEntriesMax };
  let { pending, receivedAt } = state;
  let after = 0;
  while (after < last) {
    const records = await rows.pendingPage(after, last, page);
    for (const record of records) receivedAt = Math.max(receivedAt, decodeOwnPending(record).receivedAt);
    pending += records.length;
    after = records.at(-1)?.arrival ?? last;
  }
  return { ...state, pending, receivedAt, arrival: Math.max(state.arrival, last) };
}
