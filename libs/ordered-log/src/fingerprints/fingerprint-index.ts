import { type EntryKey, secondsOf } from '@hooklog/object-id';
import { Fingerprinter } from './fingerprint';
import type { PackedItems } from './packed-items';
import { placeAt, placeOf, type Span } from './place';
import type { SegmentRow } from './segment-row';
import { type RowChanges, Segments } from './segments';
import { Accumulator, LIMBS } from './sum';
import { UNPLACED_MAX, UnplacedKeys } from './unplaced-keys';

const SECONDS_MAX = 0xffff_ffff;
const NOTHING_KEPT = -1;
/** Keys that are given places together when their second is over. */
const PLACED_TOGETHER = 4096;
/** In front of all keys of a second. */
const NO_CRC = Buffer.alloc(4);

/** A key as peers compare it. */
export interface IndexedItem {
  /** unix seconds */
  readonly timestamp: number;
  /** the 32 bytes behind them */
  readonly id: Buffer;
}

/**
 * The keys of a log in their order, in memory, some 40 bytes each: where a key stands, and the fingerprint of any
 * range of them, in microseconds.
 */
export class FingerprintIndex {
  readonly #placed = new Segments();
  readonly #unplaced = new UnplacedKeys();
  readonly #fingerprinter = new Fingerprinter();
  readonly #adding = new Accumulator();
  /** Two sums of the ids before an index: that of `keptIndex`, and room for another one. */
  readonly #kept = new Uint32Array(2 * LIMBS);
  #keptIndex = NOTHING_KEPT;

  get size(): number {
    return this.#placed.size + this.#unplaced.count;
  }

  /** Of the first key and the last one; undefined: there is no key. */
  get seconds(): Span | undefined {
    const [placed, unplaced] = [this.#placed.seconds, this.#unplaced.seconds];
    if (placed === undefined || unplaced === undefined) return placed ?? unplaced;
    return {
      oldest: Math.min(placed.oldest, unplaced.oldest),
      newest: Math.max(placed.newest, unplaced.newest),
    };
  }

  /** A key that is not there yet. It costs less than `insert`: where it stands is found when somebody asks. */
  add(key: EntryKey): void {
    this.#keptIndex = NOTHING_KEPT;
    const { count } = this.#unplaced;
    const isOfNext = count >= PLACED_TOGETHER && secondsOf(key) > this.#unplaced.seconds!.newest;
    if (isOfNext || count === UNPLACED_MAX) this.#place();
    this.#unplaced.add(key);
  }

  /** false: it is there already */
  insert(key: EntryKey): boolean {
    this.#keptIndex = NOTHING_KEPT;
    return this.#segments.insert(placeOf(key));
  }

  /** false: it was not there */
  remove(key: EntryKey): boolean {
    this.#keptIndex = NOTHING_KEPT;
    return this.#segments.remove(placeOf(key));
  }

  has(key: EntryKey): boolean {
    return this.#segments.has(placeOf(key));
  }

  /** Index of the first key at or behind a place. Bytes that the id lacks count as zeros. */
  lowerBound(timestamp: number, id: Uint8Array): number {
    if (timestamp > SECONDS_MAX) return this.size;
    return this.#segments.lowerBound(placeAt(timestamp, id));
  }

  keyAt(index: number): EntryKey {
    const { segment, offset } = this.#segments.find(index);
    return segment.items.keyAt(offset);
  }

  itemAt(index: number): IndexedItem {
    const { segment, offset } = this.#segments.find(index);
    return { timestamp: segment.items.secondsAt(offset), id: segment.items.idAt(offset) };
  }

  /** Of [from, to). The index must not change before the last one was taken. */
  *items(from: number, to: number): Generator<IndexedItem, void, undefined> {
    for (const { items, begin, end } of this.#parts(from, to)) {
      for (let i = begin; i < end; i++) yield { timestamp: items.secondsAt(i), id: items.idAt(i) };
    }
  }

  /** Those of one second that have this identity (28 bytes), whatever their crc32c. Looks at each key of the second. */
  keysOf(timestamp: number, identity: Buffer): EntryKey[] {
    const sought = placeAt(timestamp, Buffer.concat([NO_CRC, identity]));
    const from = this.lowerBound(timestamp, NO_CRC);
    const to = this.lowerBound(timestamp + 1, NO_CRC);
    const keys: EntryKey[] = [];
    for (const { items, begin, end } of this.#parts(from, to))
      for (let i = begin; i < end; i++) if (items.hasIdentityOf(i, sought)) keys.push(items.keyAt(i));
    return keys;
  }

  /** 16 bytes: SHA-256(sum of the ids [from, to) mod 2^256, little-endian ‖ varint of their count). */
  fingerprint(from: number, to: number): Buffer {
    this.#fingerprinter.setCount(to - from);
    return Buffer.from(this.#fingerprinter.of(this.#sum(from, to)), 'latin1');
  }

  /** Index of an item without which [from, to) has this fingerprint. Costs a hash for each item of the range. */
  surplus(from: number, to: number, fingerprint: Uint8Array): number | undefined {
    if (from >= to) return undefined;
    const wanted = Buffer.from(fingerprint).toString('latin1');
    const sum = this.#sum(from, to);
    const without = new Uint32Array(LIMBS);
    this.#fingerprinter.setCount(to - from - 1);
    let index = from;
    for (const { items, begin, end } of this.#parts(from, to)) {
      for (let i = begin; i < end; i++, index++) {
        this.#adding.reset();
        this.#adding.add(sum, 0, 1, 1);
        this.#adding.add(items.words, i, i + 1, -1);
        this.#adding.read(without);
        if (this.#fingerprinter.of(without) === wanted) return index;
      }
    }
    return undefined;
  }

  /**
   * What has changed of the rows since the last call, and rows of at most `max` segments that have none and end
   * before a second: few of those change any more.
   */
  takeRows(beforeSeconds: number, max: number): RowChanges {
    const oldest = this.#unplaced.seconds?.oldest ?? Infinity;
    // a row tells all keys up to the next segment, however young that is
    if (oldest < beforeSeconds || oldest <= this.#placed.lastFrom) this.#place();
    return this.#placed.takeRows(beforeSeconds, max);
  }

  /**
   * Adds what a row holds, behind all keys that are there. Returns where the range of the row ends; undefined: it is
   * damaged, and nothing was added.
   */
  unseal(row: SegmentRow): EntryKey | undefined {
    this.#keptIndex = NOTHING_KEPT;
    return this.#segments.unseal(row);
  }

  /** A row that was read tells what is not so. */
  disown(rowKey: EntryKey): void {
    this.#placed.disown(rowKey);
  }

  /** All keys in their places. */
  get #segments(): Segments {
    if (this.#unplaced.count > 0) this.#place();
    return this.#placed;
  }

  #place(): void {
    this.#unplaced.drain((place) => this.#placed.insert(place));
  }

  /** Ranges are mostly asked for one behind the other: the sum before `to` is kept for the next one. */
  #sum(from: number, to: number): Uint32Array {
    if (this.#keptIndex !== from) this.#readBefore(from, 0);
    this.#readBefore(to, 1);
    const sum = new Uint32Array(LIMBS);
    this.#adding.reset();
    this.#adding.add(this.#kept, 1, 2, 1);
    this.#adding.add(this.#kept, 0, 1, -1);
    this.#adding.read(sum);
    this.#kept.copyWithin(0, LIMBS);
    this.#keptIndex = to;
    return sum;
  }

  /** The sum of the ids of all items before an index. */
  #readBefore(index: number, slot: number): void {
    const { directory, count } = this.#segments;
    this.#adding.reset();
    if (index === this.size) directory.addBefore(count, this.#adding);
    else {
      const { at, segment, offset } = this.#segments.find(index);
      directory.addBefore(at, this.#adding);
      segment.addBefore(offset, this.#adding);
    }
    this.#adding.read(this.#kept, slot);
  }

  *#parts(from: number, to: number): Generator<Part, void, undefined> {
    if (from >= to) return;
    const first = this.#segments.find(from);
    let left = to - from;
    for (let { at, offset } = first; left > 0; at++, offset = 0) {
      const { items, count } = this.#segments.segmentAt(at);
      const end = Math.min(count, offset + left);
      yield { items, begin: offset, end };
      left -= end - offset;
    }
  }
}

/** As readers see it. It changes with each batch: an index of an item holds until the next turn. */
export type Fingerprints = Pick<
  FingerprintIndex,
  'size' | 'lowerBound' | 'keyAt' | 'itemAt' | 'items' | 'fingerprint' | 'surplus'
>;

interface Part {
  readonly items: PackedItems;
  readonly begin: number;
  readonly end: number;
}
