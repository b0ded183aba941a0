import type { EntryKey } from '@hooklog/object-id';
import { seeded } from '../testing/random';
import { FingerprintIndex } from './fingerprint-index';
import { keyFrom } from './place';
import { SEGMENT_ITEMS } from './segments';
import { UNPLACED_MAX, UnplacedKeys } from './unplaced-keys';

const HOUR = 3600;
const random = seeded(5);

/** With an id that begins with one of so many words. */
function keyAt(seconds: number, beginnings = 2 ** 32): EntryKey {
  const key = Buffer.alloc(36);
  key.writeUInt32BE(seconds);
  key.writeUInt32BE(random(beginnings), 4);
  for (let at = 8; at < 36; at += 4) key.writeUInt32BE(random(2 ** 32), at);
  return key as EntryKey;
}

const textOf = (key: EntryKey): string => key.toString('hex');

function drained(unplaced: UnplacedKeys): string[] {
  const keys: string[] = [];
  unplaced.drain(({ seconds, words }) => keys.push(textOf(keyFrom(seconds, words, 0))));
  return keys;
}

function filled(keys: readonly EntryKey[]): UnplacedKeys {
  const unplaced = new UnplacedKeys();
  for (const key of keys) unplaced.add(key);
  return unplaced;
}

describe('keys without a place', () => {
  it('come in their order, and are gone then', () => {
    const keys = Array.from({ length: 3000 }, () => keyAt(1_700_000_000 + random(5)));
    const unplaced = filled(keys);
    expect([unplaced.count, unplaced.seconds]).toEqual([
      3000,
      { oldest: 1_700_000_000, newest: 1_700_000_004 },
    ]);
    expect(drained(unplaced)).toEqual(keys.map(textOf).sort());
    expect([unplaced.count, unplaced.seconds, drained(unplaced)]).toEqual([0, undefined, []]);
  });

  it('all come, whatever their time and their first word', () => {
    const keys = Array.from({ length: 3000 }, () => keyAt(random(2 ** 32), 3));
    expect(drained(filled(keys)).sort()).toEqual(keys.map(textOf).sort());
  });
});

describe('keys that are added', () => {
  it.each([
    ['of one second', 0, 0, 2 ** 32],
    ['with few first words', 2, 0, 8],
    ['of which some are days late', 20, 40 * HOUR, 2 ** 32],
  ])('stand where those stand that are inserted (%s)', (_what, seconds, late, beginnings) => {
    const keys = Array.from({ length: UNPLACED_MAX + 5000 }, (_none, i) => {
      const isLate = late > 0 && random(10) === 0;
      const now = 1_700_000_000 + Math.floor((i * seconds) / UNPLACED_MAX);
      return keyAt(isLate ? now - random(late) : now, beginnings);
    });
    const [added, inserted] = [new FingerprintIndex(), new FingerprintIndex()];
    for (const key of keys) added.add(key);
    for (const key of keys) inserted.insert(key);
    expect([added.size, added.seconds]).toEqual([keys.length, inserted.seconds]);
    const all = (index: FingerprintIndex): Buffer[] => [...index.items(0, index.size)].map(({ id }) => id);
    expect(Buffer.concat(all(added)).equals(Buffer.concat(all(inserted)))).toBe(true);
    expect(added.fingerprint(0, added.size)).toEqual(inserted.fingerprint(0, inserted.size));
    expect([added.size, added.seconds]).toEqual([keys.length, inserted.seconds]);
  });

  it('are there when one of them goes, and when rows are taken', () => {
    const index = new FingerprintIndex();
    const keys = Array.from({ length: 700 }, (_none, i) => keyAt(100 + i));
    for (const key of keys) index.add(key);
    expect([index.has(keys[3]!), index.insert(keys[3]!), index.remove(keys[3]!)]).toEqual([
      true,
      false,
      true,
    ]);
    index.add(keyAt(50));
    index.add(keyAt(2000));
    const [row] = index.takeRows(1000, Infinity).sealed;
    expect(row!.key.readUInt32BE()).toBe(50);
  });

  it.each(['before', 'after'])(
    'are in no gap of a row that is taken %s they come, however young they are',
    (when) => {
      const index = new FingerprintIndex();
      for (let i = 0; i < SEGMENT_ITEMS; i++) index.add(keyAt(i));
      index.add(keyAt(1200));
      expect(index.itemAt(SEGMENT_ITEMS).timestamp).toBe(1200);
      const early = when === 'before' ? index.takeRows(1140, Infinity).sealed : [];
      index.add(keyAt(1199));
      const { dropped, sealed } = index.takeRows(1140, Infinity);
      expect([dropped, sealed]).toEqual([early.map(({ key }) => key), []]);
      expect(early).toHaveLength(when === 'before' ? 1 : 0);
    },
  );

  it('have no seconds while there are none', () => {
    const index = new FingerprintIndex();
    expect([index.seconds, index.size]).toEqual([undefined, 0]);
    index.insert(keyAt(7));
    index.add(keyAt(9));
    index.add(keyAt(8));
    expect([index.seconds, index.size]).toEqual([{ oldest: 7, newest: 9 }, 3]);
  });
});
