import { seededRandom, shuffled } from '../testing/random';
import { canonicalText, outcome, refusal } from '../testing/vectors';
import { canonicalize } from './canonicalize';

/** Bodies as large as a hostile sender may make them. Whatever is quadratic here does not end in time. */
const MEGABYTE = 1_000_000;
const numbered = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i));

describe('a megabyte of one thing', () => {
  it('is an exponent', () => {
    const nines = '9'.repeat(MEGABYTE);
    expect(canonicalText(`[1e-${nines}]`)).toBe(`[1e-${nines}]`);
    expect(canonicalText(`[10e${nines}]`)).toBe(`[1e+1${'0'.repeat(MEGABYTE)}]`);
    expect(canonicalText(`[0.1e1${'0'.repeat(MEGABYTE)}]`)).toBe(`[1e+${nines}]`);
  });

  it('is digits', () => {
    const sevens = '7'.repeat(MEGABYTE);
    expect(canonicalText(`[${sevens}]`)).toBe(`[7.${sevens.slice(1)}e+${MEGABYTE - 1}]`);
    expect(canonicalText(`[0.${sevens}]`)).toBe(`[0.${sevens}]`);
  });

  it('is zeros around a digit', () => {
    const zeros = '0'.repeat(MEGABYTE);
    expect(canonicalText(`[1${zeros}.${zeros}e-${MEGABYTE}]`)).toBe('[1]');
    expect(canonicalText(`[0.${zeros}1e${MEGABYTE}]`)).toBe('[0.1]');
    expect(canonicalText(`[0.${zeros}e${zeros}1]`)).toBe('[0]');
  });

  it('is escapes', () => {
    const count = MEGABYTE / 10;
    expect(canonicalText(`["${'\\u0041'.repeat(count)}"]`)).toBe(`["${'A'.repeat(count)}"]`);
    expect(canonicalText(`["${'\\uD83D\\uDE00'.repeat(count)}"]`)).toBe(`["${'😀'.repeat(count)}"]`);
    expect(canonicalText(`["${'\\uD83D'.repeat(count)}"]`)).toBe(`["${'\\ud83d'.repeat(count)}"]`);
    expect(canonicalText(`{"b":1,"${'\\u0041'.repeat(count)}":2}`)).toBe(`{"${'A'.repeat(count)}":2,"b":1}`);
  });

  it('is white space', () => {
    const space = ' '.repeat(MEGABYTE);
    expect(canonicalText(`${space}[${space}1${space}]${space}`)).toBe('[1]');
    expect(refusal(space)).toBe('EMPTY_BODY');
  });

  it('is rewritten numbers', () => {
    const count = MEGABYTE / 10;
    expect(canonicalText(`[${numbered(count, () => '1E20').join()}]`)).toBe(
      `[${numbered(count, () => '100000000000000000000').join()}]`,
    );
  });
});

describe('many keys', () => {
  const count = 100_000;
  const sorted = numbered(count, (i) => `"${String(i).padStart(6, '0')}":${i}`);

  it('are sorted, whichever way they come', () => {
    expect(canonicalText(`{${sorted.toReversed().join()}}`)).toBe(`{${sorted.join()}}`);
    expect(canonicalText(`{${shuffled(seededRandom(1), sorted).join()}}`)).toBe(`{${sorted.join()}}`);
  });

  it('are sorted by their meaning', () => {
    const escaped = sorted.map((member) => member.replace('"0', '"\\u0030'));
    expect(canonicalText(`{${shuffled(seededRandom(2), escaped).join()}}`)).toBe(`{${sorted.join()}}`);
  });

  it('are kept in order when all are the same', () => {
    const same = numbered(count, (i) => `"a":${i}`);
    expect(outcome(canonicalize, Buffer.from(`{"b":0,${same.join()}}`))).toEqual({
      canonical: Buffer.from(`{${same.join()},"b":0}`).toString('hex'),
      iJson: false,
    });
  });

  it('may share a long prefix', () => {
    const prefix = 'p'.repeat(1000);
    const long = numbered(1000, (i) => `"${prefix}${String(i).padStart(4, '0')}":${i}`);
    expect(canonicalText(`{${shuffled(seededRandom(3), long).join()}}`)).toBe(`{${long.join()}}`);
  });

  it('may each hold an unsorted object', () => {
    const text = `[${numbered(count, () => '{"b":1,"a":{"d":1,"c":2}}').join()}]`;
    expect(canonicalText(text)).toBe(`[${numbered(count, () => '{"a":{"c":2,"d":1},"b":1}').join()}]`);
  });
});

describe('deep bodies', () => {
  it('are unsorted at every level around a megabyte', () => {
    const core = `"${'x'.repeat(MEGABYTE)}"`;
    const text = '{"b":'.repeat(1023) + `[${core}]` + ',"a":0}'.repeat(1023);
    expect(canonicalText(text)).toBe('{"a":0,"b":'.repeat(1023) + `[${core}]` + '}'.repeat(1023));
  });

  it('are refused without following them', () => {
    for (const opening of ['[', '{"a":', '[{"a":', '[ '])
      expect(refusal(opening.repeat(100_000))).toBe('TOO_DEEP');
  });

  it('are refused late when they break late', () => {
    const text = '['.repeat(1024) + `"${'x'.repeat(MEGABYTE)}"` + ']'.repeat(1023);
    expect(outcome(canonicalize, Buffer.from(text))).toEqual({ code: 'INVALID_JSON', offset: text.length });
  });
});
