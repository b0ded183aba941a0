import type { RawRecord } from '../frame/frame';
import { comparePositions, controlAfter, entryAfter, type Position, START } from '../position';
import { seeded } from '../testing/random';
import { RecentRecords, UNASKED_BATCHES_MAX } from './recent-records';

const MIB = 1 << 20;
const NO_LIMITS = { bytesMax: Infinity, rowsMax: Infinity };

function record(position: Position, bytes = 10): RawRecord {
  return { position, frame: Buffer.alloc(bytes) };
}

/** A log of one entry after the other, with a control record behind each third one. */
function positions(count: number): Position[] {
  const all: Position[] = [];
  for (let last = START; all.length < count; all.push(last))
    last = all.length % 4 === 3 ? controlAfter(last) : entryAfter(last);
  return all;
}

function sequencesOf(records: readonly RawRecord[] | undefined): string[] | undefined {
  return records?.map(({ position: { sequence, n } }) => `${sequence}.${n}`);
}

describe('the recent records', () => {
  it('are none at first', () => {
    const recent = new RecentRecords();
    expect(recent.page(START, { sequence: 9, n: 0 }, NO_LIMITS)).toBeUndefined();
    expect(recent.at({ sequence: 1, n: 0 })).toBeUndefined();
  });

  it('begin where the log was when the first one came', () => {
    const recent = new RecentRecords();
    const end = { sequence: 8, n: 0 };
    recent.add([record({ sequence: 7, n: 0 }), record(end)], { sequence: 6, n: 2 });
    expect(sequencesOf(recent.page({ sequence: 6, n: 2 }, end, NO_LIMITS))).toEqual(['7.0', '8.0']);
    expect(sequencesOf(recent.page({ sequence: 7, n: 0 }, end, NO_LIMITS))).toEqual(['8.0']);
    for (const elsewhere of [START, { sequence: 6, n: 1 }, { sequence: 7, n: 1 }, end, { sequence: 9, n: 0 }])
      expect(recent.page(elsewhere, end, NO_LIMITS)).toBeUndefined();
    expect(recent.at({ sequence: 6, n: 2 })).toBeUndefined();
    expect(recent.at(end)?.position).toEqual(end);
  });

  it('are not kept for nobody, and are kept again from the next question on', () => {
    const recent = new RecentRecords();
    const all = positions(UNASKED_BATCHES_MAX + 4);
    const last = all.at(-1)!;
    const add = (i: number): void => recent.add([record(all[i]!)], i === 0 ? START : all[i - 1]!);
    for (let i = 0; i < UNASKED_BATCHES_MAX; i++) add(i);
    expect(recent.at(all[UNASKED_BATCHES_MAX - 1]!)).toBeDefined();
    for (let i = UNASKED_BATCHES_MAX; i < UNASKED_BATCHES_MAX + 2; i++) add(i);
    expect(recent.at(all[UNASKED_BATCHES_MAX]!)).toBeUndefined();
    expect(recent.page(all[UNASKED_BATCHES_MAX]!, last, NO_LIMITS)).toBeUndefined();
    for (let i = UNASKED_BATCHES_MAX + 2; i < all.length; i++) add(i);
    expect(recent.page(all[UNASKED_BATCHES_MAX + 1]!, last, NO_LIMITS)).toHaveLength(2);
  });

  it('end at the limits of a page, of which the first one never is too large', () => {
    const recent = new RecentRecords();
    const all = positions(6);
    recent.add(
      all.map((position) => record(position, 100)),
      START,
    );
    const last = all.at(-1)!;
    const pageOf = (limits: { bytesMax: number; rowsMax: number }, to = last): number =>
      recent.page(START, to, limits)!.length;
    expect(pageOf({ bytesMax: 300, rowsMax: 10 })).toBe(3);
    expect(pageOf({ bytesMax: 299, rowsMax: 10 })).toBe(2);
    expect(pageOf({ bytesMax: 1, rowsMax: 10 })).toBe(1);
    expect(pageOf({ bytesMax: 1000, rowsMax: 4 })).toBe(4);
    expect(pageOf({ bytesMax: 1000, rowsMax: 10 }, all[1])).toBe(2);
  });

  it('are gone when the log is cut', () => {
    const recent = new RecentRecords();
    recent.add([record({ sequence: 1, n: 0 }), record({ sequence: 2, n: 0 })], START);
    recent.clear();
    expect(recent.at({ sequence: 1, n: 0 })).toBeUndefined();
    recent.add([record({ sequence: 2, n: 0 })], { sequence: 1, n: 0 });
    const end = { sequence: 2, n: 0 };
    expect(recent.page(START, end, NO_LIMITS)).toBeUndefined();
    expect(sequencesOf(recent.page({ sequence: 1, n: 0 }, end, NO_LIMITS))).toEqual(['2.0']);
  });

  it('are the end of the log, of 4 MiB, whatever was added how', () => {
    const below = seeded(7);
    const recent = new RecentRecords();
    const all: RawRecord[] = [];
    let end = START;
    for (const position of positions(3000)) {
      const before = end;
      end = position;
      all.push(record(position, 1 + below(100) * below(200)));
      recent.add(all.slice(-1), before);
      if (below(50) > 0) continue;
      const kept = all.filter(({ position: place }) => recent.at(place) !== undefined);
      expect(kept).toEqual(all.slice(-kept.length));
      const bytes = kept.reduce((sum, { frame }) => sum + frame.length, 0);
      const [next] = all.slice(-kept.length - 1);
      expect(bytes).toBeLessThanOrEqual(4 * MIB);
      if (kept.length < all.length) expect(bytes + next!.frame.length).toBeGreaterThan(4 * MIB);
      const from = kept[below(kept.length)]!.position;
      const expected = kept.filter(({ position: place }) => comparePositions(place, from) > 0);
      expect(recent.page(from, end, NO_LIMITS)).toEqual(expected.length === 0 ? undefined : expected);
    }
    expect(all.length).toBeGreaterThan(2 * all.filter(({ position }) => recent.at(position)).length);
  });

  it('are none when one alone is larger', () => {
    const recent = new RecentRecords();
    recent.add([record({ sequence: 1, n: 0 }, 5 * MIB)], START);
    expect(recent.at({ sequence: 1, n: 0 })).toBeUndefined();
    recent.add([record({ sequence: 2, n: 0 })], { sequence: 1, n: 0 });
    expect(recent.at({ sequence: 2, n: 0 })?.frame).toHaveLength(10);
  });
});
