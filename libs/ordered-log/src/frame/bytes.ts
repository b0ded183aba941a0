import { isUtf8 } from 'node:buffer';
import { LogError } from '../log-error';

const U32 = 0x1_0000_0000;
/** Up to there a loop over the characters costs less than a call of native code. */
const SHORT_TEXT = 64;
const ASCII_MAX = 0x7f;
/** Of the length in front of a text. */
const LENGTH_BYTES = { u8: 1, u16: 2, u32: 4 };

/** Big-endian. Byte by byte: V8 looks a method of a Buffer up by its name at each call, which takes longer than the bytes. */
export function writeU32(buffer: Buffer, value: number, at: number): void {
  checkRoom(buffer, at, 4);
  checkValue(value, U32 - 1);
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
}

/** Big-endian. */
export function readU32(buffer: Buffer, at: number): number {
  checkRoom(buffer, at, 4);
  return ((buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!) >>> 0;
}

/** Little-endian. */
export function readU32LE(buffer: Buffer, at: number): number {
  checkRoom(buffer, at, 4);
  return (buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24)) >>> 0;
}

/** An index takes and gives nothing outside of a Buffer, without a word. */
function checkRoom(buffer: Buffer, at: number, bytes: number): void {
  if (!(at >= 0 && at + bytes <= buffer.length))
    throw new RangeError(`no ${bytes} bytes at ${at} of ${buffer.length}`);
}

/** It would be cut to the bytes that it has there. */
function checkValue(value: number, max: number): void {
  if (value < 0 || value > max) throw new RangeError(`${value} is not from 0 to ${max}`);
}

/** A safe integer as u64 big-endian, without BigInt. */
export function writeU64(buffer: Buffer, value: number, at: number): void {
  const high = Math.floor(value / U32);
  writeU32(buffer, high, at);
  // not %, which is a call of its own for what is no int32
  writeU32(buffer, value - high * U32, at + 4);
}

/** NaN when the u64 is no safe integer. */
export function readU64(buffer: Buffer, at: number): number {
  const value = readU32(buffer, at) * U32 + readU32(buffer, at + 4);
  return Number.isSafeInteger(value) ? value : NaN;
}

/** Bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  return isShortAscii(text) ? text.length : Buffer.byteLength(text);
}

/** Writes fields one behind the other into a buffer that is large enough. */
export class ByteWriter {
  #at: number;

  /** @param start where the first field goes */
  constructor(
    readonly buffer: Buffer,
    start = 0,
  ) {
    this.#at = start;
  }

  u8(value: number): this {
    checkRoom(this.buffer, this.#at, 1);
    checkValue(value, 0xff);
    this.buffer[this.#at++] = value;
    return this;
  }

  u16(value: number): this {
    checkRoom(this.buffer, this.#at, 2);
    checkValue(value, 0xffff);
    this.buffer[this.#at++] = value >>> 8;
    this.buffer[this.#at++] = value;
    return this;
  }

  u32(value: number): this {
    writeU32(this.buffer, value, this.#at);
    this.#at += 4;
    return this;
  }

  u64(value: number): this {
    writeU64(this.buffer, value, this.#at);
    this.#at += 8;
    return this;
  }

  bytes(value: Buffer): this {
    this.buffer.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** UTF-8, behind its length as u8, u16 or u32. */
  text(value: string, length: 'u8' | 'u16' | 'u32'): this {
    const at = this.#at + LENGTH_BYTES[length];
    const bytes = writeShortAscii(value, this.buffer, at) ? value.length : this.buffer.write(value, at);
    if (length === 'u8') this.u8(bytes);
    else if (length === 'u16') this.u16(bytes);
    else this.u32(bytes);
    this.#at += bytes;
    return this;
  }

  hex(value: string): this {
    this.#at += this.buffer.write(value, this.#at, 'hex');
    return this;
  }
}

/** false: it is not, and what stands there now means nothing */
function writeShortAscii(text: string, buffer: Buffer, at: number): boolean {
  if (text.length > SHORT_TEXT) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > ASCII_MAX) return false;
    buffer[at + i] = code;
  }
  return true;
}

function isShortAscii(text: string): boolean {
  if (text.length > SHORT_TEXT) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > ASCII_MAX) return false;
  return true;
}

/** Reads foreign fields; whatever does not fit is `DAMAGED_FRAME`. Byte fields share the memory of the frame. */
export class ByteReader {
  #at = 0;

  constructor(private readonly buffer: Buffer) {}

  u8(): number {
    return this.bytes(1)[0]!;
  }

  u16(): number {
    return this.bytes(2).readUInt16BE();
  }

  u32(): number {
    return readU32(this.bytes(4), 0);
  }

  u64(): number {
    const value = readU64(this.bytes(8), 0);
    if (Number.isNaN(value)) throw this.#damaged('a number above 2^53 − 1');
    return value;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.buffer.length) throw this.#damaged('a field longer than the frame');
    const value = this.buffer.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  text(length: number): string {
    const bytes = this.bytes(length);
    if (!isUtf8(bytes)) throw this.#damaged('text that is no UTF-8');
    return bytes.toString('utf8');
  }

  end(): void {
    if (this.#at !== this.buffer.length) throw this.#damaged('bytes behind its last field');
  }

  #damaged(what: string): LogError {
    return new LogError(
      'DAMAGED_FRAME',
      `a frame holds ${what} at byte ${this.#at} of ${this.buffer.length}`,
    );
  }
}
