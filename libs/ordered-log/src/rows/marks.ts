import { NOBODY } from '../epoch';
import { readU32, readU64, writeU32, writeU64 } from '../frame/bytes';
import { CHAIN_BYTES } from '../frame/chain';
import type { PendingRecord } from '../frame/frame';
import type { Writer } from '../frame/record';
import { type Position, START } from '../position';
import type { LogState } from '../state';
import type { Database } from './database';
import { ownMetaKey } from './keys';

/** Rows in which a database says something about itself. */
export const FORMAT_ROW = ownMetaKey('format');
export const STORE_ROW = ownMetaKey('store');
export const ARRIVED_ROW = ownMetaKey('arrived');
export const PROMISED_ROW = ownMetaKey('promised');
export const COMMITTED_ROW = ownMetaKey('committed');
export const CUTS_ROW = ownMetaKey('cuts');
export const INCOMPLETE_ROW = ownMetaKey('incomplete');
export const CLEAN_STOP_ROW = ownMetaKey('clean-stop');
export const THROUGH_ROW = ownMetaKey('through');
export const SEALED_ROW = ownMetaKey('sealed');
export const RUN_ROW = ownMetaKey('run');

/** Up to where something was true of a log: of its end, its arrivals, its pending entries. */
export type Extent = Pick<LogState, 'position' | 'chain' | 'arrival' | 'pending' | 'cuts'>;

const POSITION_BYTES = 12;
/** Without the count of cuts, as long as there was none. */
const UNCUT_EXTENT_BYTES = POSITION_BYTES + CHAIN_BYTES + 16;
const EXTENT_BYTES = UNCUT_EXTENT_BYTES + 8;
const STORE_BYTES = 8;
const ARRIVAL_BYTES = 8;
const EPOCH_BYTES = 8;

export function encodeExtent({ position, chain, arrival, pending, cuts }: Extent): Buffer {
  const row = Buffer.allocUnsafe(cuts === 0 ? UNCUT_EXTENT_BYTES : EXTENT_BYTES);
  if (cuts > 0) writeU64(row, cuts, UNCUT_EXTENT_BYTES);
  encodePosition(position).copy(row);
  chain.copy(row, POSITION_BYTES);
  writeU64(row, arrival, POSITION_BYTES + CHAIN_BYTES);
  writeU64(row, pending, POSITION_BYTES + CHAIN_BYTES + 8);
  return row;
}

/** undefined when the row is none: whoever trusts marks has to do without. */
export function decodeExtent(row: Buffer | undefined): Extent | undefined {
  if (row?.length !== EXTENT_BYTES && row?.length !== UNCUT_EXTENT_BYTES) return undefined;
  return {
    position: decodePosition(row),
    chain: row.subarray(POSITION_BYTES, POSITION_BYTES + CHAIN_BYTES),
    arrival: readU64(row, POSITION_BYTES + CHAIN_BYTES),
    pending: readU64(row, POSITION_BYTES + CHAIN_BYTES + 8),
    cuts: row.length === EXTENT_BYTES ? readU64(row, UNCUT_EXTENT_BYTES) : 0,
  };
}

export function encodePosition({ sequence, n }: Position): Buffer {
  const row = Buffer.allocUnsafe(POSITION_BYTES);
  writeU64(row, sequence, 0);
  writeU32(row, n, 8);
  return row;
}

/** Of the first bytes of a row. */
export function decodePosition(row: Buffer): Position {
  return { sequence: readU64(row, 0), n: readU32(row, 8) };
}

/** Where an epoch began, and who. */
export function encodeBeginning(position: Position, { node, store }: Writer): Buffer {
  return Buffer.concat([encodePosition(position), Buffer.from(store, 'hex'), Buffer.from(node)]);
}

/** A pending frame that a receipt ended. */
export function encodeRetired({ arrival, frame }: PendingRecord): Buffer {
  const row = Buffer.allocUnsafe(ARRIVAL_BYTES + frame.length);
  writeU64(row, arrival, 0);
  frame.copy(row, ARRIVAL_BYTES);
  return row;
}

/** Of a row that is none: what no checksum fits. */
export function decodeRetired(row: Buffer): PendingRecord {
  if (row.length < ARRIVAL_BYTES) return { arrival: 0, frame: row };
  return { arrival: readU64(row, 0), frame: row.subarray(ARRIVAL_BYTES) };
}

/** A promise: the epoch, and the store that may begin it. */
export function encodePromise(epoch: number, store: string): Buffer {
  const row = Buffer.alloc(EPOCH_BYTES + STORE_BYTES);
  writeU64(row, epoch, 0);
  row.write(store, EPOCH_BYTES, STORE_BYTES, 'hex');
  return row;
}

/** undefined when the row is none. Earlier versions stored the epoch alone. */
export function decodePromise(row: Buffer): Pick<LogState, 'promised' | 'promisedTo'> | undefined {
  if (row.length === EPOCH_BYTES) return { promised: readU64(row, 0), promisedTo: NOBODY };
  if (row.length !== EPOCH_BYTES + STORE_BYTES) return undefined;
  return { promised: readU64(row, 0), promisedTo: row.toString('hex', EPOCH_BYTES) };
}

/** What a log has noted about itself. */
export interface Marks {
  /** No record up to here is ever cut. */
  readonly committed: Position;
  readonly lostUpTo: Position | undefined;
  readonly cuts: number;
  readonly arrived: Arrived;
  /** An extent, undecoded: an unreadable one is not none. */
  readonly cleanStop: Buffer | undefined;
}

export async function readMarks(database: Database): Promise<Marks> {
  const rows = await database.getMany([COMMITTED_ROW, INCOMPLETE_ROW, CUTS_ROW, ARRIVED_ROW, CLEAN_STOP_ROW]);
  const [committed, lostUpTo, cuts, arrived, cleanStop] = rows;
  return {
    committed: committed === undefined ? START : decodePosition(committed),
    lostUpTo: lostUpTo && decodePosition(lostUpTo),
    cuts: cuts === undefined ? 0 : readU64(cuts, 0),
    arrived: decodeArrived(arrived),
    cleanStop,
  };
}

export interface Arrived {
  /** No arrival above it was given. */
  readonly arrival: number;
  /** ms: no entry up to `sequence` was received later, and none that is pending. */
  readonly receivedAt: number;
  /** Where the log ended; undefined: all that was received before is noted, as earlier versions did with every batch. */
  readonly sequence: number | undefined;
}

export const NONE_ARRIVED: Arrived = { arrival: 0, receivedAt: 0, sequence: undefined };

const EARLIER_ARRIVED_BYTES = 16;
const ARRIVED_BYTES = EARLIER_ARRIVED_BYTES + 8;

export function encodeArrived({ arrival, receivedAt, sequence }: Arrived): Buffer {
  const row = Buffer.allocUnsafe(sequence === undefined ? EARLIER_ARRIVED_BYTES : ARRIVED_BYTES);
  writeU64(row, arrival, 0);
  writeU64(row, receivedAt, 8);
  if (sequence !== undefined) writeU64(row, sequence, EARLIER_ARRIVED_BYTES);
  return row;
}

export function decodeArrived(row: Buffer | undefined): Arrived {
  if (row?.length !== ARRIVED_BYTES && row?.length !== EARLIER_ARRIVED_BYTES) return NONE_ARRIVED;
  const sequence = row.length === ARRIVED_BYTES ? readU64(row, EARLIER_ARRIVED_BYTES) : undefined;
  return { arrival: readU64(row, 0), receivedAt: readU64(row, 8), sequence };
}
