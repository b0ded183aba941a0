import { createHash } from 'node:crypto';
import type { EntryKey } from '@hooklog/object-id';
import { seeded } from '../testing/random';
import { FingerprintIndex } from './fingerprint-index';
import { restoreFingerprints } from './restore';
import type { SegmentRow } from './segment-row';

const OPERATIONS = 100_000;
const SECONDS = 600;
const ALL = (1n << 256n) - 1n;

/** The obvious index: a sorted array, and rows as a store would have them. */
class Model {
  readonly keys: EntryKey[] = [];
  /** The ids as numbers. */
  readonly #numbers = new Map<EntryKey, bigint>();
  readonly rows = new Map<string, SegmentRow>();

  insert(key: EntryKey): boolean {
    const at = this.lowerBound(key);
    if (this.keys[at]?.equals(key)) return false;
    this.keys.splice(at, 0, key);
    return true;
  }

  remove(key: EntryKey): boolean {
    const at = this.lowerBound(key);
    if (!this.keys[at]?.equals(key)) return false;
    this.keys.splice(at, 1);
    return true;
  }

  lowerBound(place: Buffer): number {
    let low = 0;
    for (let high = this.keys.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.keys[middle]!.compare(place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  fingerprint(from: number, to: number): Buffer {
    let sum = 0n;
    for (const key of this.keys.slice(from, to)) sum += this.#numberOf(key);
    const bytes = Buffer.from((sum & ALL).toString(16).padStart(64, '0'), 'hex').reverse();
    const count = to - from;
    const varint = count < 128 ? [count] : [(count >> 7) | 128, count & 127];
    return createHash('sha256')
      .update(Buffer.concat([bytes, Buffer.from(varint)]))
      .digest()
      .subarray(0, 16);
  }

  #numberOf(key: EntryKey): bigint {
    const known =
      this.#numbers.get(key) ?? BigInt(`0x${Buffer.from(key.subarray(4)).reverse().toString('hex')}`);
    this.#numbers.set(key, known);
    return known;
  }

  /** In the order of their keys. */
  sortedRows(): SegmentRow[] {
    return [...this.rows.values()].sort((a, b) => a.key.compare(b.key));
  }
}

describe('FingerprintIndex against a sorted array', () => {
  it(`agrees through ${OPERATIONS} random operations, with restarts and rows that are lost or damaged`, async () => {
    const random = seeded(11);
    const model = new Model();
    let index = new FingerprintIndex();
    let newest = 0;
    for (let i = 0; i < OPERATIONS; i++) {
      const grows = i % 25_000 < 15_000;
      const [what, key] = [random(1000), anyKey(random, model, newest)];
      if (what < (grows ? 310 : 100)) expect(index.insert(key)).toBe(model.insert(key));
      else if (what < (grows ? 620 : 200)) {
        if (model.insert(key)) index.add(key);
      } else if (what < 820) {
        const removed = model.keys[random(Math.max(1, model.keys.length))] ?? key;
        expect(index.remove(removed)).toBe(model.remove(removed));
      } else if (what < 900)
        expect(index.lowerBound(key.readUInt32BE(), key.subarray(4))).toBe(model.lowerBound(key));
      else if (what < 960) proveItem(index, model, random);
      else if (what < 970) proveRange(index, model, random);
      else if (what < 980) store(index, model, newest - random(SECONDS));
      else if (what === 980 && random(10) === 0) index = await restart(index, model, random);
      newest = Math.max(newest, key.readUInt32BE());
    }
    expect(index.size).toBe(model.keys.length);
    same(
      Buffer.concat([...model.keys.keys()].map((at) => index.keyAt(at))).equals(Buffer.concat(model.keys)),
      true,
    );
  });
});

/** Mostly of the last seconds, some of any time, so that segments fill at the end and grow in the middle. */
function anyKey(random: (below: number) => number, model: Model, newest: number): EntryKey {
  if (random(10) === 0 && model.keys.length > 0) return model.keys[random(model.keys.length)]!;
  const key = Buffer.alloc(36);
  const isLate = random(3) === 0;
  key.writeUInt32BE(isLate ? random(newest + 1) : Math.max(0, newest - 2 + random(4)));
  for (let at = 4; at < 36; at += 4) key.writeUInt32BE(random(at === 4 ? 8 : 2 ** 32), at);
  return key as EntryKey;
}

function proveItem(index: FingerprintIndex, model: Model, random: (below: number) => number): void {
  same(index.size, model.keys.length);
  if (index.size === 0) return;
  const at = random(index.size);
  const key = model.keys[at]!;
  same(index.keyAt(at).equals(key), true);
  const { timestamp, id } = index.itemAt(at);
  same(timestamp, key.readUInt32BE());
  same(id.equals(key.subarray(4)), true);
}

function proveRange(index: FingerprintIndex, model: Model, random: (below: number) => number): void {
  const [a, b] = [random(index.size + 1), random(index.size + 1)];
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  same(index.fingerprint(from, to).equals(model.fingerprint(from, to)), true);
  if (random(20) > 0 || from === to) return;
  const ids = [...index.items(from, to)].map(({ id }) => id);
  same(
    Buffer.concat(ids).equals(Buffer.concat(model.keys.slice(from, to).map((key) => key.subarray(4)))),
    true,
  );
  const surplus = from + random(to - from);
  const without = new Model();
  model.keys.slice(from, to).forEach((key, i) => i !== surplus - from && without.keys.push(key));
  expect(index.surplus(from, to, without.fingerprint(0, to - from - 1))).toBe(surplus);
}

function store(index: FingerprintIndex, model: Model, beforeSeconds: number): void {
  const { dropped, sealed } = index.takeRows(beforeSeconds, 4);
  for (const key of dropped) model.rows.delete(key.toString('hex'));
  for (const row of sealed) model.rows.set(row.key.toString('hex'), row);
  const rows = [...model.rows.values()];
  for (const row of beforeSeconds === 0 ? rows : sealed) proveRow(row, model);
}

/** A row that is stored holds all entries of its range. */
function proveRow({ key, value }: SegmentRow, model: Model): void {
  const keys = model.keys.slice(model.lowerBound(key), model.lowerBound(value.subarray(16, 52)));
  const seconds = keys.map((each) => each.subarray(0, 4));
  const ids = keys.map((each) => each.subarray(4));
  same(Buffer.concat([...seconds, ...ids]).equals(value.subarray(84)), true);
}

/** Cheaper than `expect`, which is asked a hundred thousand times. */
function same(actual: unknown, expected: unknown): void {
  if (actual !== expected) expect(actual).toBe(expected);
}

/** Everything that is stored is true after each batch; some rows never came to the disk, or were damaged there. */
async function restart(
  index: FingerprintIndex,
  model: Model,
  random: (below: number) => number,
): Promise<FingerprintIndex> {
  store(index, model, 0);
  for (const [name, row] of model.rows) {
    if (random(20) === 0) model.rows.delete(name);
    else if (random(20) === 0) row.value[random(row.value.length)]! ^= 1;
  }
  let read = 0;
  const restored = await restoreFingerprints({
    async *segments() {
      yield await Promise.resolve(model.sortedRows());
    },
    async *keys(from, to) {
      const keys = model.keys.slice(from && model.lowerBound(from), to && model.lowerBound(to));
      read += keys.length;
      yield await Promise.resolve(keys);
    },
  });
  expect(restored.size).toBe(model.keys.length);
  expect(restored.fingerprint(0, restored.size)).toEqual(index.fingerprint(0, index.size));
  if (model.rows.size > 3) expect(read).toBeLessThan(model.keys.length);
  return restored;
}
