import { crc32c } from '@node-rs/crc32';
import { sha256Text } from '@hooklog/object-id';
import type { Entry } from '../entry';
import { LogError } from '../log-error';
import type { Position } from '../position';
import { readU32, writeU32, writeU64 } from './bytes';
import { CHAIN_BYTES, NO_CHAIN } from './chain';
import { type Content, decodeContent, encodeContent } from './content';
import type { LogRecord } from './record';

/** A record as it is stored and sent: content ‖ chain (16 bytes) ‖ crc32c u32 of place, content and chain. */
export interface RawRecord {
  readonly position: Position;
  readonly frame: Buffer;
}

export interface PendingRecord {
  readonly arrival: number;
  readonly frame: Buffer;
}

const CRC_BYTES = 4;
const PLACE_BYTES = 12;
export const SEAL_BYTES = CHAIN_BYTES + CRC_BYTES;
const MARGINS = { before: CHAIN_BYTES, behind: SEAL_BYTES };
/** Stands where a log frame has n: no control record ever has it. */
const PENDING_N = 0xffff_ffff;

export function chainOf(frame: Buffer): Buffer {
  return frame.subarray(frame.length - SEAL_BYTES, frame.length - CRC_BYTES);
}

export function contentOf(frame: Buffer): Buffer {
  return frame.subarray(0, frame.length - SEAL_BYTES);
}

/**
 * The frame of a record that follows a record with the chain `previous`. What the chain and the checksum also cover
 * stands in front of the content while each is made: one call over one piece of memory.
 */
export function encodeFrame(content: Content, position: Position, previous: Buffer): Buffer {
  const covered = encodeContent(content, MARGINS);
  const end = covered.length - SEAL_BYTES;
  previous.copy(covered);
  covered.write(sha256Text(covered.subarray(0, end)), end, CHAIN_BYTES, 'latin1');
  return sealed(covered, position);
}

export function encodePendingFrame(entry: Entry, arrival: number): Buffer {
  const covered = encodeContent({ type: 'entry', epoch: 0, entry }, MARGINS);
  NO_CHAIN.copy(covered, covered.length - SEAL_BYTES);
  return sealed(covered, { sequence: arrival, n: PENDING_N });
}

/** @throws LogError DAMAGED_FRAME when the frame is not whole, or not of this arrival */
export function decodePendingFrame(frame: Buffer, arrival: number): Entry {
  const content = opened(frame, { sequence: arrival, n: PENDING_N });
  if (content.type !== 'entry' || content.epoch !== 0 || !chainOf(frame).equals(NO_CHAIN)) {
    throw new LogError('DAMAGED_FRAME', `the frame of arrival ${arrival} is no pending entry`);
  }
  return content.entry;
}

/** @throws LogError DAMAGED_FRAME when the frame is not whole, or not of this position */
export function decodeRecord({ position, frame }: RawRecord): LogRecord {
  const record = opened(frame, position);
  if ((record.type === 'entry') !== (position.n === 0) || record.epoch === 0) {
    throw new LogError('DAMAGED_FRAME', `a frame does not belong at ${printPosition(position)}`, {
      position,
    });
  }
  return record;
}

/** Whether the bytes are those that were sealed for this place. */
export function isWhole(frame: Buffer, position: Position): boolean {
  if (frame.length < SEAL_BYTES) return false;
  return readU32(frame, frame.length - CRC_BYTES) === checksum(frame, position);
}

export function isWholePending(frame: Buffer, arrival: number): boolean {
  return isWhole(frame, { sequence: arrival, n: PENDING_N });
}

export function printPosition({ sequence, n }: Position): string {
  return `(${sequence}, ${n})`;
}

function opened(frame: Buffer, position: Position): LogRecord {
  if (!isWhole(frame, position)) {
    throw new LogError('DAMAGED_FRAME', `the checksum of the frame at ${printPosition(position)} is wrong`, {
      position,
    });
  }
  return decodeContent(contentOf(frame), position);
}

/** A frame that has its chain is sealed: `covered` begins with room of CHAIN_BYTES, and ends with that of the checksum. */
export function sealed(covered: Buffer, position: Position): Buffer {
  const end = covered.length - CRC_BYTES;
  writePlace(covered, position, CHAIN_BYTES - PLACE_BYTES);
  writeU32(covered, crc32c(covered.subarray(CHAIN_BYTES - PLACE_BYTES, end)), end);
  return covered.subarray(CHAIN_BYTES);
}

function checksum(frame: Buffer, position: Position): number {
  writePlace(place, position, 0);
  return crc32c(frame.subarray(0, frame.length - CRC_BYTES), crc32c(place));
}

const place = Buffer.alloc(PLACE_BYTES);

function writePlace(bytes: Buffer, { sequence, n }: Position, at: number): void {
  writeU64(bytes, sequence, at);
  writeU32(bytes, n, at + 8);
}
