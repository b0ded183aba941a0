import { canonicalText, outcome } from '../testing/vectors';
import { type KeySpans, KnownArrangements } from './arrangements';
import { wordsOf } from './bytes';
import { canonicalize } from './canonicalize';

const object = (keys: readonly string[]) => `{${keys.map((key) => `"${key}":0`).join()}}`;
const sorted = (keys: readonly string[]) => object(keys.toSorted());
const iJson = (text: string) => {
  const result = outcome(canonicalize, Buffer.from(text));
  return 'iJson' in result && result.iJson;
};

/** The keys as a scanner hands them over. */
function spansOf(keys: readonly string[]): KeySpans {
  const bytes = Buffer.from(object(keys));
  const starts = keys.map((_, i) => Buffer.byteLength(object(keys.slice(0, i))) - (i === 0 ? 1 : 0));
  const keyEnds = starts.map((start, i) => start + 1 + Buffer.byteLength(keys[i]!));
  return {
    bytes,
    words: wordsOf(bytes),
    starts: Uint32Array.from(starts),
    keyEnds: Uint32Array.from(keyEnds),
    count: keys.length,
  };
}

describe('known arrangements', () => {
  const lists = [
    ['b', 'a'],
    ['b', 'a', 'c'],
    ['b', 'a', 'longer than a word'],
    ['c', 'a'],
    ['b', ''],
    ['', 'b'],
    ['ba', ''],
    ['keyB', 'keyA'],
    ['keyC', 'keyA'],
    ['longer key 1', 'a'],
    ['longer key 2', 'a'],
    ['longer kez 1', 'a'],
    ['longer key 12', 'a'],
    ['é', 'a'],
    ['è', 'a'],
  ];

  it('are found by the same keys only, though all share one slot', () => {
    for (const first of lists) {
      for (const second of lists) {
        const known = new KnownArrangements(1);
        const arrangements = [first, second].map((keys) =>
          known.find(spansOf(keys), 0, () => ({ parts: [], unique: true })),
        );
        expect([first, second, arrangements[0] === arrangements[1]]).toEqual([
          first,
          second,
          first === second,
        ]);
      }
    }
  });

  it('are not kept for keys that are too long', () => {
    const known = new KnownArrangements();
    const spans = spansOf(['b'.repeat(3000), 'a']);
    const [first, second] = [1, 2].map(() => known.find(spans, 0, () => ({ parts: [], unique: true })));
    expect(first).not.toBe(second);
  });
});

/** Keys that share their length and first bytes find the same slot. */
describe('objects seen before', () => {
  it.each([
    [
      'other keys in another order',
      [
        ['keyC', 'keyA', 'keyB'],
        ['keyB', 'keyC', 'keyA'],
        ['keyC', 'keyA', 'keyB'],
      ],
    ],
    [
      'other long keys in another order',
      [
        ['longer C', 'longer A', 'longer B'],
        ['longer B', 'longer C', 'longer A'],
      ],
    ],
    [
      'a first part that is known',
      [
        ['kb', 'ka'],
        ['kb', 'ka', 'kc'],
        ['kb', 'ka'],
      ],
    ],
    [
      'keys too long to be remembered',
      [
        ['b'.repeat(3000), 'a'.repeat(3000)],
        ['b'.repeat(3000), 'a'.repeat(3000)],
      ],
    ],
    [
      'no key at all',
      [
        ['b', ''],
        ['a', ''],
        ['b', ''],
      ],
    ],
  ])('are not mistaken for %s', (_, objects) => {
    for (const keys of objects) expect(canonicalText(object(keys))).toBe(sorted(keys));
    expect(canonicalText(`[${objects.map(object).join()}]`)).toBe(`[${objects.map(sorted).join()}]`);
  });

  it('keep their own word on duplicates', () => {
    const texts = [
      object(['keyB', 'keyA', 'keyA']),
      object(['keyB', 'keyA', 'keyC']),
      object(['keyB', 'keyA', 'keyA']),
    ];
    expect(texts.map(iJson)).toEqual([false, true, false]);
    expect([...texts, ...texts].map(iJson)).toEqual([false, true, false, false, true, false]);
    expect([texts[0]!, texts[0]!].map(iJson)).toEqual([false, false]);
  });

  it('may have more members than there is room for at first', () => {
    const keys = Array.from({ length: 3000 }, (_, i) => String((i * 7919) % 3000).padStart(5, '0'));
    expect(canonicalText(`{"z":${object(keys)},"a":${object(keys)}}`)).toBe(
      `{"a":${sorted(keys)},"z":${sorted(keys)}}`,
    );
  });
});
