/** White space between tokens: left out. */
export const GAP = 0;
/** A number literal: replaced by `texts[ref]`. */
export const NUMBER = 1;
/** A string with escapes that are not the canonical ones: respelled. */
export const STRING = 2;
/** An object whose members move: `orders[ref]` is where its order starts. */
export const ORDER = 3;
/** An object that stays as it is. */
export const NOTHING = 4;

export type EditKind = typeof GAP | typeof NUMBER | typeof STRING | typeof ORDER | typeof NOTHING;

/**
 * What to do to a text to make it canonical, in the order of the text; everything between two edits is copied.
 * An object's edit comes before the edits inside it. Numbers in flat arrays: one object per edit costs twice the time.
 */
export class Edits {
  readonly kinds: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly refs: number[] = [];
  /** canonical texts of numbers */
  readonly texts: string[] = [];
  /** per moved object: the edit after it, where its order ends, then start, end and first edit of each part in order */
  readonly orders: number[] = [];
  count = 0;
  /** bytes that the canonical form may have more than the text */
  growth = 0;

  add(kind: EditKind, start: number, end: number, ref = 0): number {
    const index = this.count++;
    this.kinds[index] = kind;
    this.starts[index] = start;
    this.ends[index] = end;
    this.refs[index] = ref;
    return index;
  }

  gap(start: number, end: number): void {
    this.growth -= end - start;
    this.add(GAP, start, end);
  }

  number(start: number, end: number, text: string): void {
    this.growth += text.length - (end - start);
    this.add(NUMBER, start, end, this.texts.push(text) - 1);
  }

  /** Turns the edit of an object that ends here into one that moves its members; their order is appended next. */
  beginOrder(index: number, end: number): void {
    this.kinds[index] = ORDER;
    this.ends[index] = end;
    this.refs[index] = this.orders.push(this.count, 0) - 2;
  }

  endOrder(index: number): void {
    this.orders[this.refs[index]! + 1] = this.orders.length;
  }

  /** Forgets the edit of an object that needs none, which it can only do while no later edit stands behind it. */
  settle(index: number): void {
    if (index === this.count - 1) this.count--;
  }
}
