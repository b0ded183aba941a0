import { canonicalText, outcome } from '../testing/vectors';
import { canonicalize } from './canonicalize';

const object = (keys: readonly string[]) => `{${keys.map((key) => `"${key}":0`).join()}}`;
const sorted = (keys: readonly string[]) => object(keys.toSorted());
const iJson = (text: string) => {
  const result = outcome(canonicalize, Buffer.from(text));
  return 'iJson' in result && result.iJson;
};

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
      'keys that differ in the last byte of a word',
      [
        ['keyaab', 'keyaaa'],
        ['keyaac', 'keyaaa'],
        ['keyaac', 'keyaab', 'keyaaa'],
      ],
    ],
    [
      'keys that differ in the bytes after the words',
      [
        ['keyzz1b', 'keyzz1a'],
        ['keyzz1b', 'keyzz0a'],
        ['keyzz2b', 'keyzz1a'],
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
