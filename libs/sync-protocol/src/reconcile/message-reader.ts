import { ByteReader } from '../bytes';
import { SyncError } from '../sync-error';
import { type Bound, compareBounds, INFINITY, ZERO } from './bound';
import { FINGERPRINT_BYTES, ID_BYTES, NUMBER_MAX, type ReconcileLimits, VARINT_GROUPS_MAX } from './limits';

export const VERSION = 0x61;
const VERSION_MIN = 0x60;
const VERSION_MAX = 0x6f;

export const SKIP = 0;
export const FINGERPRINT = 1;
export const ID_LIST = 2;

/** From the bound of the range before, or from the first item, up to `upper`. Shares the memory of the message. */
export type Range =
  | { readonly mode: 'skip'; readonly upper: Bound }
  | { readonly mode: 'fingerprint'; readonly upper: Bound; readonly fingerprint: Buffer }
  | { readonly mode: 'ids'; readonly upper: Bound; readonly ids: readonly Buffer[] };

/**
 * All ranges of a message; undefined when it is of another version of the protocol.
 * @throws SyncError `BAD_FRAME` with the offset of what cannot stand there
 */
export function readMessage(message: Buffer, limits: ReconcileLimits): Range[] | undefined {
  const { messageBytesMax, messageRangesMax } = limits;
  if (message.length > messageBytesMax)
    throw bad(`${message.length} bytes, at most ${messageBytesMax} are read,`, messageBytesMax);
  const reader = new MessageReader(message);
  if (reader.version() !== VERSION) return undefined;
  const ranges: Range[] = [];
  while (!reader.atEnd) {
    if (ranges.length === messageRangesMax) throw bad(`more than ${messageRangesMax} ranges`, reader.offset);
    ranges.push(reader.range());
  }
  return ranges;
}

class MessageReader {
  readonly #bytes: ByteReader;
  #upper: Bound = ZERO;

  constructor(private readonly message: Buffer) {
    this.#bytes = new ByteReader(message);
  }

  get offset(): number {
    return this.message.length - this.#bytes.left;
  }

  get atEnd(): boolean {
    return this.#bytes.left === 0;
  }

  version(): number {
    const version = this.#bytes.u8();
    if (version < VERSION_MIN || version > VERSION_MAX) throw bad(`no version: ${version}`, 0);
    return version;
  }

  range(): Range {
    const lower = this.#upper;
    const upper = this.#bound();
    const at = this.offset;
    const mode = this.#varint();
    if (mode === SKIP) return { mode: 'skip', upper };
    if (mode === FINGERPRINT)
      return { mode: 'fingerprint', upper, fingerprint: this.#bytes.take(FINGERPRINT_BYTES) };
    if (mode !== ID_LIST) throw bad(`no mode: ${mode}`, at);
    const ids = this.#ids();
    if (ids.length > 0 && compareBounds(lower, upper) === 0) throw bad('ids in an empty range', at);
    return { mode: 'ids', upper, ids };
  }

  #ids(): Buffer[] {
    const at = this.offset;
    const count = this.#varint();
    if (count * ID_BYTES > this.#bytes.left) throw bad(`${count} ids in ${this.#bytes.left} bytes`, at);
    return Array.from({ length: count }, () => this.#bytes.take(ID_BYTES));
  }

  #bound(): Bound {
    const at = this.offset;
    const timestamp = this.#timestamp();
    const idAt = this.offset;
    const idBytes = this.#varint();
    if (idBytes > ID_BYTES) throw bad(`an id of ${idBytes} bytes`, idAt);
    if (timestamp === Infinity && idBytes > 0) throw bad('an id behind every timestamp', idAt);
    const upper = timestamp === Infinity ? INFINITY : { timestamp, id: this.#bytes.take(idBytes) };
    if (compareBounds(upper, this.#upper) < 0) throw bad('a bound below the one before it', at);
    this.#upper = upper;
    return upper;
  }

  /** 0: infinity; else 1 + what it is more than the one before. */
  #timestamp(): number {
    const at = this.offset;
    const value = this.#varint(1 + NUMBER_MAX);
    if (value === 0) return Infinity;
    const { timestamp } = this.#upper;
    if (timestamp === Infinity) throw bad('a timestamp behind infinity', at);
    if (value - 1 > NUMBER_MAX - timestamp) throw bad(`a timestamp beyond ${NUMBER_MAX}`, at);
    return timestamp + value - 1;
  }

  #varint(max = NUMBER_MAX): number {
    const at = this.offset;
    let value = 0;
    for (let groups = 1; groups <= VARINT_GROUPS_MAX; groups++) {
      const byte = this.#bytes.u8();
      if (groups === 1 && byte === 0x80) throw bad('a number with a leading zero', at);
      const digit = byte & 0x7f;
      if (value > (max - digit) / 128) throw bad(`a number beyond ${max}`, at);
      value = value * 128 + digit;
      if (byte < 0x80) return value;
    }
    throw bad(`a number of more than ${VARINT_GROUPS_MAX} bytes`, at);
  }
}

function bad(message: string, offset: number): SyncError {
  return new SyncError('BAD_FRAME', message, offset);
}
