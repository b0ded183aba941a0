const NEWLINE = 0x0a;

/** A line without its end; undefined: it had more bytes than a line may have, and they are gone. */
export type Line = Buffer | undefined;

/** Cuts a stream of bytes into lines. A line within one chunk shares its memory. */
export class LineSplitter {
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(private readonly lineBytesMax: number) {}

  /** Of a line that has not ended. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Lines that end in this chunk. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end));
      lines.push(this.#take());
      from = end + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
    return lines;
  }

  /** The last line, when the stream did not end with a line end. */
  end(): Line[] {
    return this.#bytes === 0 ? [] : [this.#take()];
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.lineBytesMax) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  #take(): Line {
    const pieces = this.#pieces;
    const isTooLong = this.#bytes > this.lineBytesMax;
    this.#pieces = [];
    this.#bytes = 0;
    if (isTooLong) return undefined;
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }
}
