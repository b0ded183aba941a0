import { createHash } from 'node:crypto';
import type { Position } from '@hooklog/ordered-log';

/** What the checks read from rows of `log/` by themselves, from the tables of the library's README. */

const SEAL_BYTES = 20;
const CHAIN_BYTES = 16;
const ENTRY = 1;
const RECEIPT = 2;
const EPOCH = 3;
const MEMBERS = 4;

const PROMISED_ROW = Buffer.from('M\0promised');
const STORE_ROW = Buffer.from('M\0store');

export type RowKind = 'log' | 'pending' | 'promised' | 'store' | 'other';

export function kindOf(key: Buffer): RowKind {
  if (key[0] === 0x6c) return 'log';
  if (key[0] === 0x50) return 'pending';
  if (key[0] !== 0x4d) return 'other';
  if (key.equals(PROMISED_ROW)) return 'promised';
  return key.equals(STORE_ROW) ? 'store' : 'other';
}

export function positionOfRow(key: Buffer): Position {
  return { sequence: u64(key, 1), n: key.readUInt32BE(9) };
}

export function arrivalOfRow(key: Buffer): number {
  return u64(key, 1);
}

export function promiseOfRow(value: Buffer): { readonly epoch: number; readonly to: string } {
  return { epoch: u64(value, 0), to: value.toString('hex', 8) };
}

/** Bytes as a string, which compares and hashes fast. */
export function chainOfFrame(frame: Buffer): string {
  return frame.toString('latin1', frame.length - SEAL_BYTES, frame.length - SEAL_BYTES + CHAIN_BYTES);
}

export function epochOfFrame(frame: Buffer): number {
  return frame.readUInt32BE(2);
}

/** Of an entry; pending ones have the same layout. */
export function keyOfFrame(frame: Buffer): string {
  return frame.toString('latin1', 6, 42);
}

/** The answered key that a receipt makes another name of an entry, with that entry's sequence. */
export function receiptOfFrame(
  frame: Buffer,
): { readonly key: string; readonly sequence: number } | undefined {
  if (frame[1] !== RECEIPT) return undefined;
  const at = 6 + 1 + frame[6]! + 8 + 8;
  return { key: frame.toString('latin1', at, at + 36), sequence: u64(frame, at + 36 + 32) };
}

export function isEntryFrame(frame: Buffer): boolean {
  return frame[1] === ENTRY;
}

export function isMembersFrame(frame: Buffer): boolean {
  return frame[1] === MEMBERS;
}

/** The store that begins an epoch, of an epoch record. */
export function beginnerOfFrame(frame: Buffer): string | undefined {
  if (frame[1] !== EPOCH) return undefined;
  const at = 6 + 1 + frame[6]!;
  return frame.toString('hex', at, at + 8);
}

/** What the chain of this frame has to be behind `previous`. */
export function chainBehind(previous: string, frame: Buffer): string {
  const hash = createHash('sha256').update(previous, 'latin1').update(frame.subarray(0, -SEAL_BYTES));
  return hash.digest().toString('latin1', 0, CHAIN_BYTES);
}

function u64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}
