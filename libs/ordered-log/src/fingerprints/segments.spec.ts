import { seeded } from '../testing/random';
import { type Place, placeAt } from './place';
import { SEGMENT_ITEMS, Segments } from './segments';

const KEYS = 8000;
const KEYS_PER_SECOND = 4;
/** Seconds that most keys come late; rows are taken of what is half as old. */
const LATE = 500;
const STEP = 8;

const NO_ID = Buffer.alloc(0);

describe('rows of segments', () => {
  it.each([Infinity, 400, 4])(
    'are taken of all that end early enough, while one of %p goes',
    (comeForOneThatGoes) => {
      const below = seeded(1);
      const segments = new Segments();
      const places: Place[] = [];
      segments.takeRows(1, Infinity);
      for (let number = 0; number < KEYS; number++) {
        const now = Math.floor(number / KEYS_PER_SECOND);
        if (number % STEP === 0) {
          const beforeSeconds = now - LATE / 2 + below(10);
          segments.takeRows(beforeSeconds, below(3));
          segments.takeRows(beforeSeconds, Infinity);
          expect(unstored(segments, beforeSeconds)).toEqual([]);
        }
        const late = below(KEYS_PER_SECOND) === 0 ? 0 : below(LATE);
        places.push(placeAt(Math.max(0, now - late), bytesFrom(below)));
        segments.insert(places[number]!);
        if (below(comeForOneThatGoes) === 0) segments.remove(places[below(number + 1)]!);
      }
      expect(segments.count).toBeGreaterThan(5);
    },
  );
});

describe('the row of a segment', () => {
  it('is taken when it was begun after all others had theirs', () => {
    const segments = new Segments();
    segments.takeRows(1, Infinity);
    for (let second = 0; second <= SEGMENT_ITEMS; second++) segments.insert(placeAt(second, NO_ID));
    expect(segments.takeRows(SEGMENT_ITEMS, Infinity).sealed).toHaveLength(1);
  });

  it('goes with the segment behind it: keys may come in front of where that began', () => {
    const segments = new Segments();
    for (let second = 0; second < SEGMENT_ITEMS; second++) segments.insert(placeAt(second, NO_ID));
    segments.insert(placeAt(SEGMENT_ITEMS + 100, NO_ID));
    const [row] = segments.takeRows(SEGMENT_ITEMS, Infinity).sealed;
    segments.remove(placeAt(SEGMENT_ITEMS + 100, NO_ID));
    expect(segments.takeRows(SEGMENT_ITEMS, Infinity).dropped).toEqual([row!.key]);
  });

  it('is taken when its last key goes, by which it was too young', () => {
    const segments = new Segments();
    for (let second = 0; second <= SEGMENT_ITEMS; second++) segments.insert(placeAt(second, NO_ID));
    const last = SEGMENT_ITEMS - 1;
    expect(segments.takeRows(last, Infinity).sealed).toEqual([]);
    segments.remove(placeAt(last, NO_ID));
    expect(segments.takeRows(last, Infinity).sealed).toHaveLength(1);
  });
});

/** Places of segments without a row, though they end before a second. The last one never has one. */
function unstored(segments: Segments, beforeSeconds: number): number[] {
  const places = Array.from({ length: Math.max(0, segments.count - 1) }, (_none, at) => at);
  return places.filter((at) => {
    const { rowKey, lastSeconds } = segments.segmentAt(at);
    return rowKey === undefined && lastSeconds < beforeSeconds;
  });
}

function bytesFrom(below: (limit: number) => number): Buffer {
  return Buffer.from(Array.from({ length: 32 }, () => below(256)));
}
