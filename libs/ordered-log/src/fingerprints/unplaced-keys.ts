import type { EntryKey } from '@hooklog/object-id';
import { ID_WORDS, type Place, readPlace, type Span } from './place';

/** They are numbered with 16 bits where they are sorted. */
export const UNPLACED_MAX = 65_536;
const FIRST_ROOM = 1024;
const NUMBER_MASK = 0xffff;
const SPAN_MAX = 0xffff;

/**
 * Keys in the order in which they came. Many are sorted at once in a fraction of the time in which each of them would
 * find its place among those of its second, which come in no order.
 */
export class UnplacedKeys {
  #count = 0;
  #seconds = new Uint32Array(0);
  #words = new Uint32Array(0);
  #span: Span | undefined;

  get count(): number {
    return this.#count;
  }

  /** undefined: there is no key. */
  get seconds(): Span | undefined {
    return this.#span;
  }

  /** There must be room: fewer than UNPLACED_MAX. */
  add(key: EntryKey): void {
    if (this.#count === this.#seconds.length) this.#grow();
    const seconds = readPlace(key, this.#words, this.#count);
    this.#seconds[this.#count++] = seconds;
    this.#span = spanWith(this.#span, seconds);
  }

  /**
   * Gives all of them to `take` and forgets them. They come in their order, except for those of one second that begin
   * with the same word, and in a span of more than 18 hours. The place that is given is the same object each time.
   */
  drain(take: (place: Place) => void): void {
    const [seconds, words, sorted] = [this.#seconds, this.#words, this.#sorted()];
    const id = new Uint32Array(ID_WORDS);
    const place = { seconds: 0, words: id };
    for (let at = 0; at < sorted.length; at += 2) {
      const number = sorted[at]! & NUMBER_MASK;
      place.seconds = seconds[number]!;
      for (let i = 0; i < ID_WORDS; i++) id[i] = words[number * ID_WORDS + i]!;
      take(place);
    }
    this.#count = 0;
    this.#span = undefined;
  }

  /**
   * Two words for each key, the lower one first: seconds u16 | first 4 bytes of the id u32 | number of the key u16. On
   * a machine that has the higher one first, keys come in another order, and find their places all the same.
   */
  #sorted(): Uint32Array {
    const order = new BigUint64Array(this.#count);
    const halves = new Uint32Array(order.buffer);
    const [seconds, words] = [this.#seconds, this.#words];
    const oldest = this.#span?.oldest ?? 0;
    for (let i = 0; i < order.length; i++) {
      const later = Math.min(SPAN_MAX, seconds[i]! - oldest);
      const first = swapped(words[i * ID_WORDS]!);
      halves[2 * i] = (first << 16) | i;
      halves[2 * i + 1] = (later << 16) | (first >>> 16);
    }
    order.sort();
    return halves;
  }

  #grow(): void {
    const room = Math.max(FIRST_ROOM, 2 * this.#count);
    const seconds = new Uint32Array(room);
    const words = new Uint32Array(room * ID_WORDS);
    seconds.set(this.#seconds);
    words.set(this.#words);
    this.#seconds = seconds;
    this.#words = words;
  }
}

/** Both, which may be the first: nearly all keys are of a second that is in it. */
function spanWith(span: Span | undefined, seconds: number): Span {
  if (span === undefined) return { oldest: seconds, newest: seconds };
  const { oldest, newest } = span;
  if (seconds >= oldest && seconds <= newest) return span;
  return { oldest: Math.min(oldest, seconds), newest: Math.max(newest, seconds) };
}

function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
