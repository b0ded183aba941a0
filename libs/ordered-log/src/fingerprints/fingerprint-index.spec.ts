import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { EntryKey } from '@hooklog/object-id';
import { seeded } from '../testing/random';
import { FingerprintIndex } from './fingerprint-index';

const NO_ID = Buffer.alloc(0);

function keyOf(seconds: number, id: Buffer): EntryKey {
  const key = Buffer.alloc(36);
  key.writeUInt32BE(seconds);
  id.copy(key, 4);
  return key as EntryKey;
}

function indexOf(keys: Iterable<EntryKey>): FingerprintIndex {
  const index = new FingerprintIndex();
  for (const key of keys) index.insert(key);
  return index;
}

/** The id of a number. */
function idOf(i: number): Buffer {
  return createHash('sha256').update(`id ${i}`).digest();
}

describe('FingerprintIndex', () => {
  it.each([
    ['no ids', [], '7f9c9e31ac8256ca2f258583df262dbc'],
    ['one id', ['ee'.repeat(32)], 'd5530eded759c1cb5749aacb9bc66bb2'],
    ['a sum that overflows', ['ff'.repeat(32), '01' + '00'.repeat(31)], '58cc2f44d3a27866874701fbad573da9'],
  ])('has the known fingerprint of %s', (_, ids, fingerprint) => {
    const index = indexOf(ids.map((id) => keyOf(7, Buffer.from(id, 'hex'))));
    expect(index.fingerprint(0, index.size).toString('hex')).toBe(fingerprint);
  });

  it('holds each key once, in the order of its bytes', () => {
    const ids = ['00ff', '0100', '01', '80', '7f00000001', '7f'].map((hex) =>
      Buffer.concat([Buffer.from(hex, 'hex')], 32),
    );
    const keys = [9, 8, 0xffff_ffff, 0].flatMap((seconds) => ids.map((id) => keyOf(seconds, id)));
    const index = indexOf([...keys, ...keys]);
    const unique = [...new Set(keys.map((key) => key.toString('hex')))].sort();
    expect(index.size).toBe(unique.length);
    expect(unique.map((_, i) => index.keyAt(i).toString('hex'))).toEqual(unique);
    expect(index.insert(keys[0]!)).toBe(false);
    expect([index.remove(keys[0]!), index.remove(keys[0]!)]).toEqual([true, false]);
  });

  it('finds places of any timestamp and any part of an id', () => {
    const index = indexOf([keyOf(5, idOf(1)), keyOf(6, idOf(2)), keyOf(6, Buffer.alloc(32, 0xff))]);
    expect(index.lowerBound(0, NO_ID)).toBe(0);
    expect(index.lowerBound(6, NO_ID)).toBe(1);
    expect(index.lowerBound(6, idOf(2).subarray(0, 3))).toBe(1);
    expect(index.lowerBound(6, Buffer.of(0xff, 0xff))).toBe(2);
    expect(index.lowerBound(2 ** 32 + 6, NO_ID)).toBe(3);
    expect(index.lowerBound(Infinity, NO_ID)).toBe(3);
    expect(new FingerprintIndex().lowerBound(6, NO_ID)).toBe(0);
  });

  it('finds keys of a second by all of an id but its first four bytes', () => {
    const alike = [1, 2].map((crc) => Buffer.concat([Buffer.of(0, 0, 0, crc), idOf(1).subarray(4)]));
    const almost = [4, 31].map((at) => {
      const id = Buffer.from(idOf(1));
      id[at]! ^= 1;
      return id;
    });
    // more than one segment of the second before, of it, and of the one behind it
    const others = Array.from({ length: 1500 }, (_, i) => idOf(2 + i));
    const keys = [4, 5, 6].flatMap((seconds) => others.map((id) => keyOf(seconds, id)));
    const index = indexOf([...keys, ...[...alike, ...almost].map((id) => keyOf(5, id)), keyOf(6, alike[0]!)]);
    const identity = idOf(1).subarray(4);
    expect(index.keysOf(5, identity)).toEqual(alike.map((id) => keyOf(5, id)));
    expect(index.keysOf(6, identity)).toEqual([keyOf(6, alike[0]!)]);
    expect([index.keysOf(4, identity), index.keysOf(0xffff_ffff, identity)]).toEqual([[], []]);
  });

  it('gives out items, and refuses an index that it has not', () => {
    const index = indexOf([keyOf(5, idOf(1)), keyOf(6, idOf(2))]);
    expect([...index.items(0, 2)]).toEqual([
      { timestamp: 5, id: idOf(1) },
      { timestamp: 6, id: idOf(2) },
    ]);
    expect(index.itemAt(1)).toEqual({ timestamp: 6, id: idOf(2) });
    expect(() => index.itemAt(2)).toThrow(RangeError);
    expect(() => index.itemAt(-1)).toThrow(RangeError);
  });

  it('has the fingerprint of what is there now, whatever was asked before', () => {
    const keys = Array.from({ length: 20 }, (_, i) => keyOf(2 * i, idOf(i)));
    const late = keyOf(9, idOf(99));
    const index = indexOf(keys);
    index.fingerprint(0, 10);
    index.insert(late);
    expect(index.fingerprint(10, 15)).toEqual(indexOf([...keys, late]).fingerprint(10, 15));
    index.fingerprint(0, 10);
    index.remove(late);
    expect(index.fingerprint(10, 15)).toEqual(indexOf(keys).fingerprint(10, 15));
  });

  it('takes at most 48 bytes for each key, in order or not', async () => {
    const random = seeded(3);
    const before = await arrayBytes();
    const index = new FingerprintIndex();
    for (let i = 0; i < 100_000; i++) index.insert(keyOf(i + random(1000), idOf(i)));
    index.fingerprint(0, index.size);
    expect(((await arrayBytes()) - before) / index.size).toBeLessThan(48);
  });
});

/** Of all typed arrays that are in use. */
async function arrayBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}
