import type { EntryKey } from '@hooklog/object-id';
import { compareIds, ID_WORDS, idFrom, KEY_BYTES, keyFrom, type Place } from './place';

const BYTES_PER_WORD = 4;
/** Room is made for as many more items as there are, but for at least and at most so many. */
const STEP_ITEMS = { min: 64, max: 256 };

/** Keys in their order, packed into 36 bytes each. */
export class PackedItems {
  #count = 0;
  #seconds = new Uint32Array(0);
  #words = new Uint32Array(0);

  get count(): number {
    return this.#count;
  }

  /** Of the ids, one behind the other. They stay where they are until the items change. */
  get words(): Uint32Array {
    return this.#words;
  }

  secondsAt(index: number): number {
    return this.#seconds[index]!;
  }

  idAt(index: number): Buffer {
    return idFrom(this.#words, index);
  }

  /** Whether an item has the identity of a place: its id without the first word, which is the crc32c. */
  hasIdentityOf(index: number, { words }: Place): boolean {
    for (let i = 1; i < ID_WORDS; i++) if (this.#words[index * ID_WORDS + i] !== words[i]) return false;
    return true;
  }

  keyAt(index: number): EntryKey {
    return keyFrom(this.#seconds[index]!, this.#words, index);
  }

  /** Shares the memory of the items. */
  placeAt(index: number): Place {
    const words = this.#words.subarray(index * ID_WORDS, (index + 1) * ID_WORDS);
    return { seconds: this.#seconds[index]!, words };
  }

  compareAt(index: number, { seconds, words }: Place): number {
    const own = this.#seconds[index]!;
    if (own !== seconds) return own < seconds ? -1 : 1;
    return compareIds(this.#words, index, words);
  }

  /** Index of the first item that is not below a place: most places are behind all of them. */
  lowerBound(place: Place): number {
    if (this.#count === 0 || this.compareAt(this.#count - 1, place) < 0) return this.#count;
    let low = 0;
    for (let high = this.#count; low < high;) {
      const middle = (low + high) >> 1;
      if (this.compareAt(middle, place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  insert(index: number, { seconds, words }: Place): void {
    this.#reserve(1);
    const own = this.#words;
    const at = index * ID_WORDS;
    if (index < this.#count) {
      this.#seconds.copyWithin(index + 1, index, this.#count);
      own.copyWithin(at + ID_WORDS, at, this.#count * ID_WORDS);
    }
    this.#seconds[index] = seconds;
    // so few words one by one: a call of `set` takes longer
    for (let i = 0; i < ID_WORDS; i++) own[at + i] = words[i]!;
    this.#count++;
  }

  remove(index: number): void {
    this.#seconds.copyWithin(index, index + 1, this.#count);
    this.#words.copyWithin(index * ID_WORDS, (index + 1) * ID_WORDS, this.#count * ID_WORDS);
    this.#count--;
  }

  /** Takes [from, to) of what stands behind these in the order. */
  append(behind: PackedItems, from: number, to: number): void {
    this.#reserve(to - from);
    this.#seconds.set(behind.#seconds.subarray(from, to), this.#count);
    this.#words.set(behind.#words.subarray(from * ID_WORDS, to * ID_WORDS), this.#count * ID_WORDS);
    this.#count += to - from;
  }

  truncate(count: number): void {
    const kept = new PackedItems();
    kept.append(this, 0, count);
    this.#seconds = kept.#seconds;
    this.#words = kept.#words;
    this.#count = count;
  }

  /** count × seconds, then count × id */
  write(target: Buffer, at: number): void {
    let end = at;
    for (let i = 0; i < this.#count; i++) end = target.writeUInt32BE(this.#seconds[i]!, end);
    for (let i = 0; i < this.#count * ID_WORDS; i++) end = target.writeUInt32LE(this.#words[i]!, end);
  }

  /** Takes what `write` wrote. */
  load(bytes: Buffer): void {
    const count = bytes.length / KEY_BYTES;
    this.#reserve(count);
    for (let i = 0; i < count; i++) this.#seconds[i] = bytes.readUInt32BE(4 * i);
    for (let i = 0; i < count * ID_WORDS; i++) this.#words[i] = bytes.readUInt32LE(4 * (count + i));
    this.#count = count;
  }

  #reserve(items: number): void {
    const needed = this.#count + items;
    if (needed <= this.#seconds.length) return;
    const step = Math.max(STEP_ITEMS.min, Math.min(this.#count, STEP_ITEMS.max));
    const room = Math.max(needed, this.#count + step);
    const memory = new ArrayBuffer(room * BYTES_PER_WORD * (1 + ID_WORDS));
    const seconds = new Uint32Array(memory, 0, room);
    const words = new Uint32Array(memory, room * BYTES_PER_WORD);
    seconds.set(this.#seconds.subarray(0, this.#count));
    words.set(this.#words.subarray(0, this.#count * ID_WORDS));
    this.#seconds = seconds;
    this.#words = words;
  }
}
