import fc from 'fast-check';
import { LineSplitter } from './lines';

function linesOf(chunks: readonly string[], lineBytesMax = 100): (string | undefined)[] {
  const splitter = new LineSplitter(lineBytesMax);
  const lines = chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)));
  return [...lines, ...splitter.end()].map((line) => line?.toString());
}

describe('LineSplitter', () => {
  it.each<[string[], (string | undefined)[]]>([
    [[], []],
    [['a\nb\n'], ['a', 'b']],
    [
      ['a\n', '\n', 'b'],
      ['a', '', 'b'],
    ],
    [
      ['a', 'b\nc', 'd'],
      ['ab', 'cd'],
    ],
    [['0123456789\n01234567890\nx\n'], ['0123456789', undefined, 'x']],
    [
      ['01234', '567890', '12345', '\nx'],
      [undefined, 'x'],
    ],
    [['012345678901'], [undefined]],
  ])('cuts %j', (chunks, lines) => {
    expect(linesOf(chunks, 10)).toEqual(lines);
  });

  it('gives the same lines wherever the chunks end', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 60 });
    fc.assert(
      fc.property(
        text,
        fc.array(fc.nat(60), { maxLength: 6 }),
        fc.integer({ min: 1, max: 8 }),
        (all, cuts, max) => {
          const at = [0, ...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
          const chunks = at.slice(1).map((end, i) => all.slice(at[i], end));
          const expected = all.split('\n').map((line) => (line.length > max ? undefined : line));
          if (expected.at(-1) === '') expected.pop();
          expect(linesOf(chunks, max)).toEqual(expected);
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });
});
