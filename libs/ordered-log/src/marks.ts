import { readU64, writeU64 } from './frame/bytes';
import { CHAIN_BYTES } from './frame/chain';
import { ownMetaKey } from './keys';
import type { Position } from './position';
import type { LogState } from './state';

/** Rows in which a database says something about itself. */
export const FORMAT_ROW = ownMetaKey('format');
export const STORE_ROW = ownMetaKey('store');
export const ARRIVED_ROW = ownMetaKey('arrived');
export const PROMISED_ROW = ownMetaKey('promised');
export const CLEAN_STOP_ROW = ownMetaKey('clean-stop');
export const THROUGH_ROW = ownMetaKey('through');
export const SEALED_ROW = ownMetaKey('sealed');
export const RUN_ROW = ownMetaKey('run');

/** Up to where something was true of a log: of its end, its arrivals, its pending entries. */
export type Extent = Pick<LogState, 'position' | 'chain' | 'arrival' | 'pending'>;

const POSITION_BYTES = 12;
const EXTENT_BYTES = POSITION_BYTES + CHAIN_BYTES + 16;

export function encodeExtent({ position, chain, arrival, pending }: Extent): Buffer {
  const row = Buffer.allocUnsafe(EXTENT_BYTES);
  encodePosition(position).copy(row);
  chain.copy(row, POSITION_BYTES);
  writeU64(row, arrival, POSITION_BYTES + CHAIN_BYTES);
  writeU64(row, pending, POSITION_BYTES + CHAIN_BYTES + 8);
  return row;
}

/** undefined when the row is none: whoever trusts marks has to do without. */
export function decodeExtent(row: Buffer | undefined): Extent | undefined {
  if (row?.length !== EXTENT_BYTES) return undefined;
  return {
    position: { sequence: readU64(row, 0), n: row.readUInt32BE(8) },
    chain: row.subarray(POSITION_BYTES, POSITION_BYTES + CHAIN_BYTES),
    arrival: readU64(row, POSITION_BYTES + CHAIN_BYTES),
    pending: readU64(row, POSITION_BYTES + CHAIN_BYTES + 8),
  };
}

export function encodePosition({ sequence, n }: Position): Buffer {
  const row = Buffer.allocUnsafe(POSITION_BYTES);
  writeU64(row, sequence, 0);
  row.writeUInt32BE(n, 8);
  return row;
}

export interface Arrived {
  readonly arrival: number;
  readonly receivedAt: number;
}

export function encodeArrived({ arrival, receivedAt }: Arrived): Buffer {
  const row = Buffer.allocUnsafe(16);
  writeU64(row, arrival, 0);
  writeU64(row, receivedAt, 8);
  return row;
}

export function decodeArrived(row: Buffer | undefined): Arrived {
  if (row?.length !== 16) return { arrival: 0, receivedAt: 0 };
  return { arrival: readU64(row, 0), receivedAt: readU64(row, 8) };
}
