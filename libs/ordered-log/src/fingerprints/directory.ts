import type { Segment } from './segment';
import { Accumulator, LIMBS } from './sum';

/**
 * Where each segment of a row of segments begins, and the sum of the ids before it. What lies behind a segment that
 * changed is added up again when somebody asks.
 */
export class Directory {
  #firsts = new Uint32Array(1);
  #sums = new Uint32Array(LIMBS);
  /** Segments whose beginning is known, and one more: the end of the last one of them. */
  #known = 0;
  readonly #adding = new Accumulator();

  constructor(private readonly segments: readonly Segment[]) {}

  /** The segment at this place of the row was changed, added or taken away. */
  changed(place: number): void {
    this.#known = Math.min(this.#known, place);
  }

  /** Index of the first item of the segment at a place; behind the last one: of all items how many there are. */
  firstOf(place: number): number {
    this.#update();
    return this.#firsts[place]!;
  }

  /** The place of the segment in which an item is. */
  placeOf(index: number): number {
    this.#update();
    let low = 0;
    for (let high = this.segments.length - 1; low < high;) {
      const middle = (low + high + 1) >> 1;
      if (this.#firsts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Adds the ids of all items before the segment at a place. */
  addBefore(place: number, sum: Accumulator): void {
    this.#update();
    sum.add(this.#sums, place, place + 1, 1);
  }

  #update(): void {
    const { length } = this.segments;
    if (this.#known === length) return;
    if (this.#firsts.length <= length) this.#grow(length);
    this.#adding.reset();
    this.#adding.add(this.#sums, this.#known, this.#known + 1, 1);
    for (; this.#known < length; this.#known++) {
      const { count, sum } = this.segments[this.#known]!;
      this.#firsts[this.#known + 1] = this.#firsts[this.#known]! + count;
      this.#adding.add(sum, 0, 1, 1);
      this.#adding.read(this.#sums, this.#known + 1);
    }
  }

  #grow(segments: number): void {
    const room = 2 * segments + 1;
    const firsts = new Uint32Array(room);
    const sums = new Uint32Array(room * LIMBS);
    firsts.set(this.#firsts);
    sums.set(this.#sums);
    this.#firsts = firsts;
    this.#sums = sums;
  }
}
