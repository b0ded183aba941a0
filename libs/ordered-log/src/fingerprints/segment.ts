import type { EntryKey } from '@hooklog/object-id';
import { PackedItems } from './packed-items';
import type { Place } from './place';
import { Accumulator, addTo, LIMBS } from './sum';

/** Items that one sum is kept for: what is left to add up when a range begins or ends between two of them. */
const STEP_ITEMS = 32;

const adding = new Accumulator();

/** Neighbours in the order of keys, with the sum of their ids. */
export class Segment {
  readonly items = new PackedItems();
  readonly #sum = new Uint32Array(LIMBS);
  /** Of the items before each step; as many as were asked for since the items changed. */
  #steps = new Uint32Array(LIMBS);
  #stepsKnown = 0;
  /** Key of the row that tells all of this segment; undefined: no row does. */
  rowKey: EntryKey | undefined;

  get count(): number {
    return this.items.count;
  }

  /** Of the last item; there is one. */
  get lastSeconds(): number {
    return this.items.secondsAt(this.count - 1);
  }

  get sum(): Uint32Array {
    return this.#sum;
  }

  insert(index: number, place: Place): void {
    this.items.insert(index, place);
    addTo(this.#sum, place.words, 0, 1);
    this.#forgetSteps(index);
  }

  remove(index: number): void {
    addTo(this.#sum, this.items.words, index, -1);
    this.items.remove(index);
    this.#forgetSteps(index);
  }

  /** Takes all items of the segment behind this one. */
  append(behind: Segment): void {
    this.#forgetSteps(this.count);
    this.items.append(behind.items, 0, behind.count);
    addTo(this.#sum, behind.sum, 0, 1);
  }

  /** The items from an index on, as a segment of their own: this one ends there. */
  cut(index: number): Segment {
    const rest = new Segment();
    rest.items.append(this.items, index, this.count);
    adding.reset();
    adding.add(rest.items.words, 0, rest.count, 1);
    adding.read(rest.sum);
    this.items.truncate(index);
    addTo(this.#sum, rest.sum, 0, -1);
    this.#forgetSteps(index);
    return rest;
  }

  /** Adds the ids of the items before an index. */
  addBefore(index: number, sum: Accumulator): void {
    const steps = Math.floor(index / STEP_ITEMS);
    if (steps > this.#stepsKnown) this.#sumSteps(steps);
    sum.add(this.#steps, steps, steps + 1, 1);
    sum.add(this.items.words, steps * STEP_ITEMS, index, 1);
  }

  #forgetSteps(changedFrom: number): void {
    this.#stepsKnown = Math.min(this.#stepsKnown, Math.floor(changedFrom / STEP_ITEMS));
  }

  #sumSteps(upTo: number): void {
    if (this.#steps.length < (upTo + 1) * LIMBS) {
      const steps = new Uint32Array((Math.floor(this.count / STEP_ITEMS) + 1) * LIMBS);
      steps.set(this.#steps);
      this.#steps = steps;
    }
    for (; this.#stepsKnown < upTo; this.#stepsKnown++) {
      const from = this.#stepsKnown * STEP_ITEMS;
      adding.reset();
      adding.add(this.#steps, this.#stepsKnown, this.#stepsKnown + 1, 1);
      adding.add(this.items.words, from, from + STEP_ITEMS, 1);
      adding.read(this.#steps, this.#stepsKnown + 1);
    }
  }
}
