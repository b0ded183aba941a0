/** An entry as it is compared: unix seconds (any whole number up to 2^53 − 1) and the 32 bytes behind them in its key. */
export interface Item {
  readonly timestamp: number;
  readonly id: Buffer;
}

/** Items sorted by timestamp, then by the bytes of their ids, named by their index. It stays as it is during one call. */
export interface ItemSet {
  readonly size: number;
  /** Index of the first item at or behind this place. Bytes that the id lacks count as zeros. */
  lowerBound(timestamp: number, id: Uint8Array): number;
  itemAt(index: number): Item;
  items(from: number, to: number): Iterable<Item>;
  /** 16 bytes over the items [from, to): of SHA-256(sum of the ids mod 2^256, little-endian ‖ varint of their count). */
  fingerprint(from: number, to: number): Buffer;
  /** Index of an item without which [from, to) has this fingerprint. Costs one hash for each item of the range. */
  surplus(from: number, to: number, fingerprint: Uint8Array): number | undefined;
}

/** Timestamps [from, to). Both sides of a session compare the same one. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

const NO_ID = new Uint8Array(0);

/** The part of a set that is compared, with indices of its own. */
export class WindowedSet implements ItemSet {
  readonly size: number;
  readonly #first: number;

  constructor(
    private readonly set: ItemSet,
    { from, to }: Window,
  ) {
    this.#first = from <= 0 ? 0 : set.lowerBound(from, NO_ID);
    const end = to === Infinity ? set.size : set.lowerBound(to, NO_ID);
    this.size = Math.max(0, end - this.#first);
  }

  lowerBound(timestamp: number, id: Uint8Array): number {
    const index = this.set.lowerBound(timestamp, id) - this.#first;
    return Math.min(Math.max(index, 0), this.size);
  }

  itemAt(index: number): Item {
    return this.set.itemAt(this.#first + index);
  }

  items(from: number, to: number): Iterable<Item> {
    return this.set.items(this.#first + from, this.#first + to);
  }

  fingerprint(from: number, to: number): Buffer {
    return this.set.fingerprint(this.#first + from, this.#first + to);
  }

  surplus(from: number, to: number, fingerprint: Uint8Array): number | undefined {
    const index = this.set.surplus(this.#first + from, this.#first + to, fingerprint);
    return index === undefined ? undefined : index - this.#first;
  }
}
