import type { Bound } from './bound';
import type { Item } from './item-set';
import { FINGERPRINT_BYTES, FRAME_SLACK_BYTES, ID_BYTES, SLACK_RANGES } from './limits';
import { FINGERPRINT, ID_LIST, SKIP, VERSION } from './message-reader';
import { writeVarint } from './varint';

const FIRST_BYTES = 1024;
/** Of a range without its ids: timestamp, length and bytes of an id, mode, count or fingerprint. */
const HEAD_BYTES_MAX = 8 + 1 + ID_BYTES + 1 + FINGERPRINT_BYTES;

/** Where a message can be taken back to. */
export interface Mark {
  readonly length: number;
  readonly ranges: number;
  readonly timestamp: number;
  readonly skipped: Bound | undefined;
}

export interface MessageSize {
  /** 0: without limit */
  readonly frameBytesMax: number;
  readonly messageRangesMax: number;
}

/** Writes the ranges of a message in their order. Skips are put together, and left away at the end. */
export class MessageWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 1;
  #ranges = 0;
  /** Of the last bound that was written. */
  #timestamp = 0;
  #skipped: Bound | undefined;
  readonly #bytesMax: number;
  readonly #rangesMax: number;

  constructor({ frameBytesMax, messageRangesMax }: MessageSize) {
    this.#bytesMax = frameBytesMax === 0 ? Infinity : frameBytesMax - FRAME_SLACK_BYTES;
    this.#rangesMax = messageRangesMax - SLACK_RANGES;
    this.#bytes[0] = VERSION;
  }

  /** Nothing but the fingerprint of the rest may follow. */
  get isFull(): boolean {
    return this.#length > this.#bytesMax || this.#ranges > this.#rangesMax;
  }

  /** How many ids still go into this message, at least one if it is not full. */
  get idsMax(): number {
    return Math.floor((this.#bytesMax - this.#length) / ID_BYTES) + 1;
  }

  skip(upper: Bound): void {
    this.#skipped = upper;
  }

  fingerprint(upper: Bound, fingerprint: Buffer): void {
    this.#head(upper, FINGERPRINT);
    this.#length += fingerprint.copy(this.#bytes, this.#length);
  }

  ids(upper: Bound, items: Iterable<Item>, count: number): void {
    this.#head(upper, ID_LIST);
    this.#length = writeVarint(this.#bytes, count, this.#length);
    this.#grow(count * ID_BYTES);
    for (const { id } of items) this.#length += id.copy(this.#bytes, this.#length);
  }

  mark(): Mark {
    return {
      length: this.#length,
      ranges: this.#ranges,
      timestamp: this.#timestamp,
      skipped: this.#skipped,
    };
  }

  rewind({ length, ranges, timestamp, skipped }: Mark): void {
    this.#length = length;
    this.#ranges = ranges;
    this.#timestamp = timestamp;
    this.#skipped = skipped;
  }

  /** The message; one without a range is a single byte. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #head(upper: Bound, mode: number): void {
    const skipped = this.#skipped;
    this.#skipped = undefined;
    if (skipped !== undefined) this.#head(skipped, SKIP);
    this.#grow(HEAD_BYTES_MAX);
    this.#bound(upper);
    this.#bytes[this.#length++] = mode;
    this.#ranges++;
  }

  #bound({ timestamp, id }: Bound): void {
    const value = timestamp === Infinity ? 0 : 1 + timestamp - this.#timestamp;
    if (timestamp !== Infinity) this.#timestamp = timestamp;
    this.#length = writeVarint(this.#bytes, value, this.#length);
    this.#bytes[this.#length++] = id.length;
    this.#bytes.set(id, this.#length);
    this.#length += id.length;
  }

  #grow(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
