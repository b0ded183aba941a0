import { ID_CHARS_MAX, NUMBER_DIGITS_MAX, U32_MAX } from '../limits';
import { SyncError } from '../sync-error';

/** The part of JSON that id lists are made of: no escapes, no fractions, no signs. */
export type Token =
  | { readonly type: 'punctuation'; readonly text: string; readonly offset: number }
  | { readonly type: 'string'; readonly text: string; readonly offset: number }
  | { readonly type: 'number'; readonly value: number; readonly offset: number };

interface OpenToken {
  readonly type: 'string' | 'number';
  readonly offset: number;
  text: string;
}

const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
const PUNCTUATION = new Set(Buffer.from('{}[]:,'));
const WHITE_SPACE = new Set(Buffer.from(' \t\r\n'));
const PLAIN_TEXT = /^[\x20-\x5b\x5d-\x7e]*$/;
const CHARS_MAX = { string: ID_CHARS_MAX, number: NUMBER_DIGITS_MAX };

/** Tokens from chunks cut anywhere. Keeps at most the beginning of one token. */
export class Tokenizer {
  private open: OpenToken | undefined;
  private consumed = 0;

  /**
   * Yields the tokens that end in the chunk. Take all of them before the next push.
   * @throws SyncError `BAD_ID_LIST` with the offset of the first byte that cannot stand there
   */
  *push(chunk: Buffer): Generator<Token, void, undefined> {
    for (let at = 0; at < chunk.length;) {
      if (this.open) {
        const end = endOf(this.open, chunk, at);
        this.extend(this.open, chunk, at, end);
        if (end === chunk.length) break;
        at = this.open.type === 'string' ? end + 1 : end;
        yield close(this.open);
        this.open = undefined;
      } else {
        const byte = chunk[at] as number;
        if (PUNCTUATION.has(byte)) yield punctuation(byte, this.consumed + at);
        else if (!WHITE_SPACE.has(byte)) this.open = begin(byte, this.consumed + at);
        if (this.open?.type !== 'number') at += 1;
      }
    }
    this.consumed += chunk.length;
  }

  /** Bytes pushed so far. @throws SyncError `BAD_ID_LIST` when the body ended inside a token */
  end(): number {
    if (this.open)
      throw new SyncError('BAD_ID_LIST', `the body ended inside a ${this.open.type}`, this.open.offset);
    return this.consumed;
  }

  private extend(open: OpenToken, chunk: Buffer, at: number, end: number): void {
    if (open.text.length + end - at > CHARS_MAX[open.type]) {
      throw new SyncError(
        'BAD_ID_LIST',
        `a ${open.type} of more than ${CHARS_MAX[open.type]} characters`,
        open.offset,
      );
    }
    open.text += chunk.toString('latin1', at, end);
  }
}

function punctuation(byte: number, offset: number): Token {
  return { type: 'punctuation', text: String.fromCharCode(byte), offset };
}

function begin(byte: number, offset: number): OpenToken {
  if (byte === QUOTE) return { type: 'string', text: '', offset };
  if (isDigit(byte)) return { type: 'number', text: '', offset };
  throw new SyncError('BAD_ID_LIST', `unexpected byte 0x${byte.toString(16).padStart(2, '0')}`, offset);
}

function endOf(open: OpenToken, chunk: Buffer, from: number): number {
  if (open.type === 'string') {
    const end = chunk.indexOf(QUOTE, from);
    return end < 0 ? chunk.length : end;
  }
  let end = from;
  while (end < chunk.length && isDigit(chunk[end] as number)) end += 1;
  return end;
}

function close({ type, text, offset }: OpenToken): Token {
  if (type === 'string') {
    if (!PLAIN_TEXT.test(text))
      throw new SyncError('BAD_ID_LIST', 'a string with an escape or a special character', offset);
    return { type, text, offset };
  }
  const value = Number(text);
  if (value > U32_MAX || (text.length > 1 && text.startsWith('0'))) {
    throw new SyncError('BAD_ID_LIST', `${text} is no number from 0 to ${U32_MAX}`, offset);
  }
  return { type, value, offset };
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}
