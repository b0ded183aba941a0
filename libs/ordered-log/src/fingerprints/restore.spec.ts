import type { EntryKey } from '@hooklog/object-id';
import { FingerprintIndex } from './fingerprint-index';
import { restoreFingerprints } from './restore';
import type { SegmentRow } from './segment-row';

const COUNT = 3000;
const KEYS = Array.from({ length: COUNT }, (_, i) => {
  const key = Buffer.alloc(36, i & 0xff);
  key.writeUInt32BE(1000 + i);
  return key as EntryKey;
});

function built(): FingerprintIndex {
  const index = new FingerprintIndex();
  for (const key of KEYS) index.insert(key);
  return index;
}

/** The index that these rows and all keys give, and how many keys had to be read. */
async function restored(
  rows: readonly SegmentRow[],
): Promise<{ index: FingerprintIndex; read: number; asked: number }> {
  let read = 0;
  let asked = 0;
  const index = await restoreFingerprints({
    async *segments() {
      for (const row of rows) yield await Promise.resolve([row]);
    },
    async *keys(from, to) {
      const keys = KEYS.filter((key) => (!from || key.compare(from) >= 0) && (!to || key.compare(to) < 0));
      read += keys.length;
      asked++;
      yield await Promise.resolve(keys);
    },
  });
  expect(index.size).toBe(COUNT);
  expect(index.fingerprint(0, COUNT)).toEqual(built().fingerprint(0, COUNT));
  return { index, read, asked };
}

describe('a restored fingerprint index', () => {
  const { sealed } = built().takeRows(Infinity, Infinity);

  it('reads the rows of full segments, and the keys of the end alone', async () => {
    expect(sealed).toHaveLength(5);
    const { index, read, asked } = await restored(sealed);
    expect(read).toBe(COUNT - 5 * 512);
    expect(asked).toBe(2); // before the first row, and behind the last one
    expect(index.takeRows(Infinity, Infinity)).toEqual({ dropped: [], sealed: [] });
  });

  it('reads all keys where there are no rows', async () => {
    const { index, read } = await restored([]);
    expect(read).toBe(COUNT);
    expect(index.takeRows(Infinity, 2).sealed).toEqual(sealed.slice(0, 2));
  });

  it('reads the keys of a row that is missing, and writes the row again', async () => {
    const { index, read } = await restored(sealed.filter((_, i) => i !== 2));
    expect(read).toBe(COUNT - 4 * 512);
    expect(index.takeRows(Infinity, Infinity)).toEqual({ dropped: [], sealed: [sealed[2]] });
  });

  it.each([0, 20, 60, 100, 3000])('notices a row that is damaged at byte %d, and replaces it', async (at) => {
    const { key, value } = sealed[2]!;
    const damaged = { key, value: Buffer.from(value) };
    damaged.value[at]! ^= 1;
    const { index, read } = await restored(sealed.map((row, i) => (i === 2 ? damaged : row)));
    expect(read).toBe(COUNT - 4 * 512);
    expect(index.takeRows(Infinity, Infinity)).toEqual({ dropped: [key], sealed: [sealed[2]] });
  });

  it('ignores a row of a range that another one tells, and drops it', async () => {
    const other = new FingerprintIndex();
    for (const key of KEYS.slice(600)) other.insert(key);
    const [overlapping] = other.takeRows(Infinity, 1).sealed;
    const rows = [...sealed, overlapping!].sort((a, b) => a.key.compare(b.key));
    const { index } = await restored(rows);
    expect(index.takeRows(Infinity, Infinity).dropped).toEqual([overlapping!.key]);
  });

  it('goes on behind a row without changing it', () => {
    const index = new FingerprintIndex();
    for (const row of sealed.slice(0, 2)) index.unseal(row);
    for (const key of KEYS.slice(2 * 512, 3 * 512 + 1)) index.insert(key);
    expect(index.takeRows(Infinity, Infinity)).toEqual({ dropped: [], sealed: [sealed[2]] });
  });

  it('drops the row of a segment that changes, once', async () => {
    const { index } = await restored(sealed);
    const late = Buffer.from(KEYS[700]!) as EntryKey;
    late[35]! ^= 1;
    index.insert(late);
    index.remove(late);
    expect(index.takeRows(0, 1)).toEqual({ dropped: [sealed[1]!.key], sealed: [] });
    expect(index.takeRows(2000, Infinity)).toEqual({ dropped: [], sealed: [] });
    expect(index.takeRows(2025, Infinity)).toEqual({ dropped: [], sealed: [sealed[1]] });
  });
});
