import { isUtf8 } from 'node:buffer';
import type { Position } from '@hooklog/ordered-log';
import { SyncError } from './sync-error';

export const STORE_BYTES = 8;
export const CHAIN_BYTES = 16;
export const POSITION_BYTES = 12;

/** Reads foreign bytes front to back; whatever does not fit is refused as `BAD_FRAME` with its offset. */
export class ByteReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  u8(): number {
    return this.bytes.readUInt8(this.advance(1));
  }

  u32(): number {
    return this.bytes.readUInt32BE(this.advance(4));
  }

  u64(): number {
    const start = this.advance(8);
    const value = this.bytes.readUInt32BE(start) * 2 ** 32 + this.bytes.readUInt32BE(start + 4);
    if (!Number.isSafeInteger(value)) throw new SyncError('BAD_FRAME', 'a number beyond 2^53 − 1', start);
    return value;
  }

  position(): Position {
    return { sequence: this.u64(), n: this.u32() };
  }

  /** A byte that may have only these bits. */
  flags(known: number): number {
    const flags = this.u8();
    if ((flags & ~known) !== 0) throw this.refuse('unknown flags');
    return flags;
  }

  hex(length: number): string {
    return this.take(length).toString('hex');
  }

  /** length u16 | UTF-8 */
  text(): string {
    const bytes = this.take(this.bytes.readUInt16BE(this.advance(2)));
    if (!isUtf8(bytes)) throw this.refuse('text that is no UTF-8');
    return bytes.toString();
  }

  /** Shares the memory of what is read. */
  take(length: number): Buffer {
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  rest(): Buffer {
    return this.take(this.left);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Nothing may stand behind what was read. */
  end(): void {
    if (this.left > 0) throw this.refuse(`${this.left} bytes too many`);
  }

  refuse(message: string): SyncError {
    return new SyncError('BAD_FRAME', message, this.at);
  }

  private advance(length: number): number {
    if (length > this.left) throw this.refuse(`cut short: ${length} bytes wanted, ${this.left} there,`);
    this.at += length;
    return this.at - length;
  }
}

/** Writes a number of at most 2^53 − 1 as u64, big-endian. */
export function writeU64(target: Buffer, value: number, offset: number): number {
  target.writeUInt32BE(Math.floor(value / 2 ** 32), offset);
  return target.writeUInt32BE(value % 2 ** 32, offset + 4);
}

export function writePosition(target: Buffer, position: Position, offset: number): number {
  return target.writeUInt32BE(position.n, writeU64(target, position.sequence, offset));
}

/** length u16 | UTF-8 */
export function writeText(target: Buffer, text: string, offset: number): number {
  const at = target.writeUInt16BE(Buffer.byteLength(text), offset);
  return at + target.write(text, at);
}
