import { BACKSLASH, BRACE_CLOSE, BRACE_OPEN, COMMA, wordsOf } from './bytes';
import { type Edits, NUMBER, ORDER, STRING } from './edits';
import { canonicalEscape, escapeBytes, escapedCodePoint } from './escape';
import { writeUtf8 } from './utf8';

/** Below this a loop beats the call into the engine. */
const LOOPED_COPY_BYTES_MAX = 256;

/**
 * Eight bytes are copied as a double. Only a NaN could come out as other bytes than went in, and none is in UTF-8:
 * it would end in 7F or FF after a byte from F0 on.
 */
const DOUBLE_BYTES = 8;

/** Writes the canonical form once: each byte of the text is copied at most one time, however deep it lies. */
export class Writer {
  private readonly out: Buffer;
  private readonly outWords: DataView;

  constructor(
    private readonly bytes: Buffer,
    private readonly words: DataView,
    private readonly edits: Edits,
  ) {
    this.out = Buffer.allocUnsafe(bytes.length + edits.growth);
    this.outWords = wordsOf(this.out);
  }

  write(): Buffer {
    return this.out.subarray(0, this.range(0, this.bytes.length, 0, 0));
  }

  /**
   * Writes the text from `start` to `end`, whose first edit is `edit`, to `to`. As all methods here it returns where
   * the next byte goes. Recursion ends at DEPTH_MAX.
   */
  private range(start: number, end: number, edit: number, to: number): number {
    const { edits } = this;
    while (edit < edits.count && edits.starts[edit]! < end) {
      to = this.replacement(edit, this.copy(start, edits.starts[edit]!, to));
      start = edits.ends[edit]!;
      edit = edits.kinds[edit] === ORDER ? edits.orders[edits.refs[edit]!]! : edit + 1;
    }
    return this.copy(start, end, to);
  }

  private replacement(edit: number, to: number): number {
    const { edits } = this;
    const kind = edits.kinds[edit];
    if (kind === ORDER) return this.object(edits.refs[edit]!, to);
    if (kind === NUMBER) return this.ascii(edits.texts[edits.refs[edit]!]!, to);
    if (kind === STRING) return this.string(edits.starts[edit]!, edits.ends[edit]!, to);
    return to;
  }

  private object(ref: number, to: number): number {
    const { orders } = this.edits;
    const end = orders[ref + 1]!;
    let separator = BRACE_OPEN;
    for (let part = ref + 2; part < end; part += 3) {
      this.out[to] = separator;
      to = this.range(orders[part]!, orders[part + 1]!, orders[part + 2]!, to + 1);
      separator = COMMA;
    }
    this.out[to] = BRACE_CLOSE;
    return to + 1;
  }

  private string(start: number, end: number, to: number): number {
    let at = start;
    for (let escape = start; escape < end;) {
      if (this.bytes[escape] !== BACKSLASH) {
        escape++;
        continue;
      }
      const codePoint = escapedCodePoint(this.bytes, escape);
      to = this.character(codePoint, this.copy(at, escape, to));
      at = escape + escapeBytes(this.bytes, escape, codePoint);
      escape = at;
    }
    return this.copy(at, end, to);
  }

  private character(codePoint: number, to: number): number {
    const escape = canonicalEscape(codePoint);
    return escape === undefined ? writeUtf8(this.out, codePoint, to) : this.ascii(escape, to);
  }

  private ascii(text: string, to: number): number {
    for (let i = 0; i < text.length; i++) this.out[to++] = text.charCodeAt(i);
    return to;
  }

  private copy(start: number, end: number, to: number): number {
    const { bytes, out, words, outWords } = this;
    if (end - start > LOOPED_COPY_BYTES_MAX) return to + bytes.copy(out, to, start, end);
    let at = start;
    for (; at <= end - DOUBLE_BYTES; at += DOUBLE_BYTES, to += DOUBLE_BYTES) {
      outWords.setFloat64(to, words.getFloat64(at, true), true);
    }
    while (at < end) out[to++] = bytes[at++]!;
    return to;
  }
}
