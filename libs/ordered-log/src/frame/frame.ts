import { crc32c } from '@node-rs/crc32';
import type { Entry } from '../entry';
import { LogError } from '../log-error';
import type { Position } from '../position';
import { writeU64 } from './bytes';
import { CHAIN_BYTES, NO_CHAIN, nextChain } from './chain';
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
export const SEAL_BYTES = CHAIN_BYTES + CRC_BYTES;
/** Stands where a log frame has n: no control record ever has it. */
const PENDING_N = 0xffff_ffff;

export function chainOf(frame: Buffer): Buffer {
  return frame.subarray(frame.length - SEAL_BYTES, frame.length - CRC_BYTES);
}

export function contentOf(frame: Buffer): Buffer {
  return frame.subarray(0, frame.length - SEAL_BYTES);
}

/** The frame of a record that follows a record with the chain `previous`. */
export function encodeFrame(content: Content, position: Position, previous: Buffer): Buffer {
  const frame = encodeContent(content, SEAL_BYTES);
  return seal(frame, position, nextChain(previous, contentOf(frame)));
}

export function encodePendingFrame(entry: Entry, arrival: number): Buffer {
  const frame = encodeContent({ type: 'entry', epoch: 0, entry }, SEAL_BYTES);
  return seal(frame, { sequence: arrival, n: PENDING_N }, NO_CHAIN);
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
  const content = opened(frame, position);
  if ((content.type === 'entry') !== (position.n === 0) || content.epoch === 0) {
    throw new LogError('DAMAGED_FRAME', `a frame does not belong at ${printPosition(position)}`, {
      position,
    });
  }
  return { ...content, position };
}

/** Whether the bytes are those that were sealed for this place. */
export function isWhole(frame: Buffer, position: Position): boolean {
  if (frame.length < SEAL_BYTES) return false;
  return frame.readUInt32BE(frame.length - CRC_BYTES) === checksum(frame, position);
}

export function isWholePending(frame: Buffer, arrival: number): boolean {
  return isWhole(frame, { sequence: arrival, n: PENDING_N });
}

export function printPosition({ sequence, n }: Position): string {
  return `(${sequence}, ${n})`;
}

function opened(frame: Buffer, position: Position): Content {
  if (!isWhole(frame, position)) {
    throw new LogError('DAMAGED_FRAME', `the checksum of the frame at ${printPosition(position)} is wrong`, {
      position,
    });
  }
  return decodeContent(contentOf(frame));
}

/** Writes the seal into the last bytes of a frame. */
export function seal(frame: Buffer, position: Position, chain: Buffer): Buffer {
  chain.copy(frame, frame.length - SEAL_BYTES);
  frame.writeUInt32BE(checksum(frame, position), frame.length - CRC_BYTES);
  return frame;
}

function checksum(frame: Buffer, position: Position): number {
  const place = Buffer.allocUnsafe(12);
  writeU64(place, position.sequence, 0);
  place.writeUInt32BE(position.n, 8);
  return crc32c(frame.subarray(0, frame.length - CRC_BYTES), crc32c(place));
}
