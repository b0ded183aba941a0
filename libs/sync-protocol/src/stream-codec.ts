import { ByteReader, writeU64 } from './bytes';
import { SyncError } from './sync-error';

/**
 * A stream of a slave is a row of messages.
 *
 * - `entry`: one entry as a pending frame, and the arrival that its checksum covers
 * - `heartbeat`: nothing to send; `now` is the sender's clock, ms since the epoch
 * - `end`: everything that was asked for was sent; the last message
 */
export type StreamMessage =
  | { readonly type: 'entry'; readonly arrival: number; readonly frame: Buffer }
  | { readonly type: 'heartbeat'; readonly now: number }
  | { readonly type: 'end' };

const ENTRY = 1;
const HEARTBEAT = 2;
const END = 3;
const LENGTH_BYTES = 4;
const HEAD_BYTES = LENGTH_BYTES + 1;
const NO_FRAME: Buffer = Buffer.alloc(0);

export function encodeMessage(message: StreamMessage): Buffer {
  switch (message.type) {
    case 'entry':
      return encodeParts(ENTRY, [message.arrival], message.frame);
    case 'heartbeat':
      return encodeParts(HEARTBEAT, [message.now]);
    case 'end':
      return encodeParts(END, []);
  }
}

function encodeParts(type: number, numbers: readonly number[], frame: Buffer = NO_FRAME): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + 8 * numbers.length + frame.length);
  let at = bytes.writeUInt32BE(bytes.length - LENGTH_BYTES, 0);
  at = bytes.writeUInt8(type, at);
  for (const number of numbers) at = writeU64(bytes, number, at);
  frame.copy(bytes, at);
  return bytes;
}

/** The messages of one stream, from chunks cut anywhere. Holds at most one message and one chunk, twice. */
export class MessageDecoder {
  /** Bytes of a message that is not complete; what is behind `used` is room to grow. */
  private held: Buffer = Buffer.alloc(0);
  private used = 0;
  private consumed = 0;

  /** @param bytesMax of one message, its length field not counted */
  constructor(private readonly bytesMax: number) {}

  /**
   * Yields what is complete; frames share the memory of the chunks. Take all of it before the next push.
   * @throws SyncError `BAD_FRAME` with the offset in the stream, after yielding what came before
   */
  *push(chunk: Buffer): Generator<StreamMessage, void, undefined> {
    const bytes = this.used === 0 ? chunk : this.grow(chunk);
    let at = 0;
    for (;;) {
      const end = this.endOfMessage(bytes, at);
      if (end === undefined) break;
      yield decodeMessage(bytes.subarray(at + LENGTH_BYTES, end), this.consumed);
      this.consumed += end - at;
      at = end;
    }
    if (at > 0 || this.used === 0) this.hold(bytes.subarray(at));
  }

  /** @throws SyncError `BAD_FRAME` when the stream ended inside a message */
  end(): void {
    if (this.used > 0) throw new SyncError('BAD_FRAME', 'the stream ended inside a message', this.consumed);
  }

  private endOfMessage(bytes: Buffer, at: number): number | undefined {
    if (bytes.length - at < LENGTH_BYTES) return undefined;
    const length = bytes.readUInt32BE(at);
    if (length === 0 || length > this.bytesMax) {
      throw new SyncError(
        'BAD_FRAME',
        `a message of ${length} bytes, 1 to ${this.bytesMax} are allowed,`,
        this.consumed,
      );
    }
    const end = at + LENGTH_BYTES + length;
    return end <= bytes.length ? end : undefined;
  }

  private hold(rest: Buffer): void {
    this.held = rest;
    this.used = rest.length;
  }

  /** Doubles, so that a message in many small chunks is copied a few times only. */
  private grow(chunk: Buffer): Buffer {
    const length = this.used + chunk.length;
    if (length > this.held.length) {
      const room = Buffer.allocUnsafe(Math.max(length, 2 * this.used));
      this.held.copy(room, 0, 0, this.used);
      this.held = room;
    }
    chunk.copy(this.held, this.used);
    this.used = length;
    return this.held.subarray(0, length);
  }
}

function decodeMessage(payload: Buffer, offset: number): StreamMessage {
  try {
    return readMessage(new ByteReader(payload));
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    throw new SyncError('BAD_FRAME', `a message that cannot be read (${error.message})`, offset);
  }
}

function readMessage(reader: ByteReader): StreamMessage {
  const message = readBody(reader);
  reader.end();
  return message;
}

function readBody(reader: ByteReader): StreamMessage {
  const type = reader.u8();
  switch (type) {
    case ENTRY:
      return { type: 'entry', arrival: reader.u64(), frame: reader.rest() };
    case HEARTBEAT:
      return { type: 'heartbeat', now: reader.u64() };
    case END:
      return { type: 'end' };
    default:
      throw reader.refuse(`unknown type ${type}`);
  }
}
