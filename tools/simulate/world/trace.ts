const FNV_OFFSET = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;

/** What happened: always as a hash, by which two runs are compared; as lines when somebody reads them. */
export class Trace {
  readonly lines: string[] = [];
  #hash = FNV_OFFSET;

  constructor(
    private readonly now: () => number,
    private readonly printing: boolean,
  ) {}

  /** 8 hex digits */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), FNV_PRIME);
  }

  mixBytes(bytes: Buffer): void {
    for (let at = 0; at + 4 <= bytes.length && at < 16; at += 4) this.mix(bytes.readInt32BE(at));
  }

  /** The text is made only when it is read. */
  note(who: string, text: () => string): void {
    if (!this.printing) return;
    this.lines.push(`${(this.now() / 1000).toFixed(4).padStart(9)}  ${who.padEnd(8)} ${text()}`);
  }
}
