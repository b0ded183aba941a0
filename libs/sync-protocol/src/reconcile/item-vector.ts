import { createHash } from 'node:crypto';
import type { Item, ItemSet } from './item-set';
import { FINGERPRINT_BYTES, ID_BYTES } from './limits';
import { varintBytes, writeVarint } from './varint';

const ALL = (1n << 256n) - 1n;

/** Items in one sorted array: the plainest set there is, for tools and tests. Adding costs time in proportion to it. */
export class ItemVector implements ItemSet {
  readonly #items: Item[];
  /** Sums of the ids before each index, as far as they are known. */
  #sums: bigint[] = [0n];

  constructor(items: Iterable<Item> = []) {
    const sorted = [...items].sort(compareItems);
    this.#items = sorted.filter((item, i) => i === 0 || compareItems(sorted[i - 1]!, item) < 0);
  }

  get size(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    const index = this.lowerBound(item.timestamp, item.id);
    if (index < this.size && compareItems(this.itemAt(index), item) === 0) return;
    this.#items.splice(index, 0, item);
    this.#sums.length = Math.min(this.#sums.length, index + 1);
  }

  lowerBound(timestamp: number, id: Uint8Array): number {
    const wanted = { timestamp, id: Buffer.alloc(ID_BYTES) };
    wanted.id.set(id);
    let low = 0;
    for (let high = this.size; low < high;) {
      const middle = (low + high) >> 1;
      if (compareItems(this.itemAt(middle), wanted) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  itemAt(index: number): Item {
    const item = this.#items[index];
    if (item === undefined) throw new RangeError(`no item ${index} of ${this.size}`);
    return item;
  }

  items(from: number, to: number): Item[] {
    return this.#items.slice(from, to);
  }

  fingerprint(from: number, to: number): Buffer {
    return fingerprintOf(this.#sum(from, to), to - from);
  }

  surplus(from: number, to: number, fingerprint: Uint8Array): number | undefined {
    const sum = this.#sum(from, to);
    const index = this.items(from, to).findIndex(({ id }) =>
      fingerprintOf(sum - numberOf(id), to - from - 1).equals(fingerprint),
    );
    return index < 0 ? undefined : from + index;
  }

  #sum(from: number, to: number): bigint {
    for (let index = this.#sums.length - 1; index < to; index++)
      this.#sums.push(this.#sums[index]! + numberOf(this.itemAt(index).id));
    return this.#sums[to]! - this.#sums[from]!;
  }
}

function compareItems(a: Item, b: Item): number {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
  return a.id.compare(b.id);
}

function fingerprintOf(sum: bigint, count: number): Buffer {
  const input = Buffer.alloc(ID_BYTES + varintBytes(count));
  Buffer.from((sum & ALL).toString(16).padStart(2 * ID_BYTES, '0'), 'hex')
    .reverse()
    .copy(input);
  writeVarint(input, count, ID_BYTES);
  return createHash('sha256').update(input).digest().subarray(0, FINGERPRINT_BYTES);
}

/** Little-endian. */
function numberOf(id: Buffer): bigint {
  return BigInt(`0x${Buffer.from(id).reverse().toString('hex')}`);
}
