import { type Arrangement, KnownArrangements } from './arrangements';
import { compareKeyBytes, keyText, stableOrder } from './key-order';

/**
 * Room for the members of most documents, taken by one scanner after the other: a scan is never interrupted.
 * A document with more gets room of its own.
 */
const FIRST_MEMBERS = 1024;
const FIRST = {
  starts: new Uint32Array(FIRST_MEMBERS),
  keyEnds: new Uint32Array(FIRST_MEMBERS),
  ends: new Uint32Array(FIRST_MEMBERS),
  edits: new Uint32Array(FIRST_MEMBERS),
};

const known = new KnownArrangements();

/** The members of the objects that are open, innermost last: a stack of which each object owns the top part. */
export class Members {
  /** the opening quote of the key */
  starts = FIRST.starts;
  /** the closing quote of the key */
  keyEnds = FIRST.keyEnds;
  /** after the value */
  private ends = FIRST.ends;
  /** the first edit that can lie inside the member */
  private edits = FIRST.edits;
  count = 0;

  constructor(
    readonly bytes: Buffer,
    readonly words: DataView,
  ) {}

  push(start: number, keyEnd: number, edit: number): void {
    const index = this.count++;
    if (index === this.starts.length) this.grow();
    this.starts[index] = start;
    this.keyEnds[index] = keyEnd;
    this.edits[index] = edit;
  }

  /** Says where the value of the newest member ends. */
  close(end: number): void {
    this.ends[this.count - 1] = end;
  }

  /** Compares the newest member's key with the one before it; neither has escapes. */
  compareLastTwo(): number {
    return this.compare(this.count - 2, this.count - 1);
  }

  /** How the members from `base` on get into order; `escaped` when a key has escapes. */
  arrange(base: number, escaped: boolean): Arrangement {
    if (escaped) return this.arrangeBy(base, this.byText(base));
    return known.find(this, base, () => this.arrangeBy(base, (a, b) => this.compare(base + a, base + b)));
  }

  /** Appends start, end and first edit of each part. */
  appendTo(orders: number[], base: number, { parts }: Arrangement): void {
    for (let part = 0; part < parts.length; part += 2) {
      const first = base + parts[part]!;
      orders.push(this.starts[first]!, this.ends[base + parts[part + 1]!]!, this.edits[first]!);
    }
  }

  private arrangeBy(base: number, compare: (a: number, b: number) => number): Arrangement {
    const order = stableOrder(this.count - base, compare);
    const parts: number[] = [];
    let unique = true;
    for (let place = 0; place < order.length; place++) {
      const [before, member] = [order[place - 1], order[place]!];
      if (before !== undefined && compare(before, member) === 0) unique = false;
      if (before !== undefined && before + 1 === member) parts[parts.length - 1] = member;
      else parts.push(member, member);
    }
    return { parts, unique };
  }

  private grow(): void {
    const { starts, keyEnds, ends, edits } = this;
    const count = 2 * starts.length;
    (this.starts = new Uint32Array(count)).set(starts);
    (this.keyEnds = new Uint32Array(count)).set(keyEnds);
    (this.ends = new Uint32Array(count)).set(ends);
    (this.edits = new Uint32Array(count)).set(edits);
  }

  private compare(a: number, b: number): number {
    const { starts, keyEnds } = this;
    return compareKeyBytes(this.bytes, starts[a]! + 1, keyEnds[a]!, starts[b]! + 1, keyEnds[b]!);
  }

  /** Reads every key once: escapes make the bytes useless for comparing. */
  private byText(base: number): (a: number, b: number) => number {
    const keys: string[] = [];
    for (let index = base; index < this.count; index++) {
      keys.push(keyText(this.bytes.subarray(this.starts[index]! + 1, this.keyEnds[index])));
    }
    return (a, b) => (keys[a]! < keys[b]! ? -1 : keys[a] === keys[b] ? 0 : 1);
  }
}
