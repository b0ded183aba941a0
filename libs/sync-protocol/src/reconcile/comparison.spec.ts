import fc from 'fast-check';
import { flip } from '../testing/chunks';
import { SyncError } from '../sync-error';
import { INFINITY } from './bound';
import { type Compared, Comparison, type Side } from './comparison';
import type { Item, ItemSet } from './item-set';
import { ItemVector } from './item-vector';
import { COMPARISON_LIMITS, FRAME_BYTES_MIN } from './limits';
import { MessageWriter } from './message-writer';
import type { ReconcileOptions } from './options';
import { REFERENCE, TUNED } from './policy';
import { answerReconcile } from './reconciler';
import { idsOf, item, NO_LIMITS, options } from './testing/session';
import { anyFrame, anyPolicy, anySets, HERE, type Sets, THERE, vectorOf } from './testing/sets';

const { roundsMax } = COMPARISON_LIMITS;
const LIMITS = { ...COMPARISON_LIMITS, ...NO_LIMITS, roundsMax };

describe('a comparison of two sets that are somewhere else', () => {
  it('finds every difference, and nothing else, whatever the policies and frames', () => {
    fc.assert(
      fc.property(anySets, anyPolicy, anyPolicy, anyFrame, anyFrame, (sets, one, two, frame, other) => {
        const result = compare(
          { set: vectorOf(sets, HERE), options: options(one, frame) },
          { set: vectorOf(sets, THERE), options: options(two, other) },
        );
        expectFound(result, sets);
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it('of which one is empty, or has many in a second, or is much larger, finds every difference', () => {
    const counts = fc.constantFrom(0, 1, 2, 40, 3000);
    const frames = fc.constantFrom(FRAME_BYTES_MIN, 5000, 20_000);
    fc.assert(
      fc.property(
        fc.tuple(counts, counts, counts),
        fc.constantFrom(1, 7, 5000),
        anyPolicy,
        anyPolicy,
        frames,
        frames,
        ([here, there, both], perSecond, one, two, frame, other) => {
          const sides = [...Array<number>(here).fill(HERE), ...Array<number>(there).fill(THERE)];
          const items = Array.from({ length: here + there + both }, (_, i) => ({
            ...item(i, Math.floor(((i * 7919) % 10_007) / perSecond)),
            on: sides[i] ?? HERE | THERE,
          }));
          const result = compare(
            { set: vectorOf({ items }, HERE), options: options(one, frame) },
            { set: vectorOf({ items }, THERE), options: options(two, other) },
          );
          expectFound(result, { items });
        },
      ),
      { seed: 12, numRuns: 60 },
    );
  });

  it('is over after two questions where nothing differs', () => {
    const set = new ItemVector(Array.from({ length: 5000 }, (_, i) => item(i, i)));
    const side = { set, options: options(TUNED) };
    const { rounds, bytes, ...found } = compare(side, side);
    expect([rounds, found]).toEqual([2, { first: [], second: [], complete: true }]);
    expect(bytes).toBeLessThan(500);
    const nothing = { set: new ItemVector(), options: options(REFERENCE) };
    expect(compare(nothing, nothing)).toMatchObject({ rounds: 2, first: [], second: [], complete: true });
  });

  it('tells of what times a difference can be', () => {
    const items = Array.from({ length: 300 }, (_, i) => item(i, 10 * i));
    const all = { set: new ItemVector(items), options: options(TUNED) };
    const lacking = { set: new ItemVector(items.filter((_, i) => i !== 77)), options: options(TUNED) };
    expect(compare(all, lacking).first).toEqual([{ id: items[77]!.id, from: 770, to: expect.any(Number) }]);
    for (const { from, to } of compare(lacking, all).second) {
      expect(from).toBeLessThanOrEqual(770);
      expect(to).toBeGreaterThanOrEqual(770);
      expect(to - from).toBeLessThan(400);
    }
  });

  it('takes no more than its limit of differences, and says so', () => {
    const [all, half] = halves(1000, 0);
    const result = compare(all, half, { ...LIMITS, differencesMax: 30 });
    expect([result.first.length, result.complete]).toEqual([30, false]);
  });

  it('ends at its limit of questions, and says so', () => {
    const [all, half] = halves(3000, FRAME_BYTES_MIN);
    const result = compare(all, half, { ...LIMITS, roundsMax: 6 });
    expect([result.rounds, result.complete]).toEqual([6, false]);
  });
});

describe('an answer that is none', () => {
  const NOTHING: readonly Item[] = [];
  const fingerprint = Buffer.alloc(16, 7);
  const middle = { timestamp: 5, id: Buffer.alloc(0) };

  it.each<[string, (writer: MessageWriter) => void]>([
    ['that what cannot be equal is equal', () => undefined],
    ['one fingerprint in answer to one', (writer) => writer.fingerprint(INFINITY, fingerprint)],
  ])('to the first question is refused: %s', (_, write) => {
    const comparison = new Comparison();
    comparison.next();
    expect(() => comparison.take(messageOf(write))).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }));
    expect(comparison.result.complete).toBe(false);
  });

  // the first side says: ids before 5, and a fingerprint of 5 to 9
  it.each<[string, (writer: MessageWriter) => void]>([
    ['equal, where ids were asked for', () => undefined],
    [
      'a fingerprint, where ids were asked for',
      (writer) => {
        writer.fingerprint(middle, fingerprint);
      },
    ],
    [
      'ids that begin too late',
      (writer) => {
        writer.skip({ ...middle, timestamp: 1 });
        writer.ids(middle, NOTHING, 0);
      },
    ],
    ['ids of more than was asked for', (writer) => writer.ids({ ...middle, timestamp: 6 }, NOTHING, 0)],
    [
      'the same fingerprint again',
      (writer) => {
        writer.ids(middle, NOTHING, 0);
        writer.fingerprint({ ...middle, timestamp: 9 }, fingerprint);
      },
    ],
    [
      'something about what was not asked',
      (writer) => {
        writer.ids(middle, NOTHING, 0);
        writer.skip({ ...middle, timestamp: 9 });
        writer.ids({ ...middle, timestamp: 12 }, NOTHING, 0);
      },
    ],
    ['no room for anything', (writer) => writer.fingerprint(INFINITY, fingerprint)],
  ])('to a later question is refused: %s', (_, write) => {
    const comparison = new Comparison();
    comparison.next();
    const first = messageOf((writer) => {
      writer.ids(middle, [item(1, 3)], 1);
      writer.fingerprint({ ...middle, timestamp: 9 }, fingerprint);
    });
    comparison.take(first);
    expect(comparison.next()?.to).toBe('second');
    expect(() => comparison.take(messageOf(write))).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }));
  });

  it('of another version is refused', () => {
    const comparison = new Comparison();
    comparison.next();
    expect(() => comparison.take(Buffer.from('62', 'hex'))).toThrow(
      new SyncError('BAD_FRAME', 'the peer speaks version 2', 0),
    );
  });

  it('with more ranges than are kept is refused', () => {
    const comparison = new Comparison({ ...COMPARISON_LIMITS, openRangesMax: 3000 });
    comparison.next();
    const split = messageOf((writer) => {
      for (let i = 1; i <= 3001; i++) writer.fingerprint({ ...middle, timestamp: i }, fingerprint);
    });
    expect(() => comparison.take(split)).toThrow('3001 ranges');
  });

  it('cut or with a bit turned ends in BAD_FRAME or in a comparison that is bounded', () => {
    const limits = { ...LIMITS, roundsMax: 200, differencesMax: 1000 };
    fc.assert(
      fc.property(
        anySets,
        anyPolicy,
        fc.nat(6),
        fc.nat(),
        fc.boolean(),
        (sets, policy, round, place, isCut) => {
          const nodes = { first: vectorOf(sets, HERE), second: vectorOf(sets, THERE) };
          const comparison = new Comparison(limits);
          const damage = (answer: Buffer): Buffer =>
            isCut ? answer.subarray(0, place % answer.length) : flip(answer, place % (8 * answer.length));
          try {
            for (let asked = comparison.next(); asked !== undefined; asked = comparison.next()) {
              const answer = answerReconcile(
                nodes[asked.to],
                asked.message,
                options(policy, FRAME_BYTES_MIN),
              );
              comparison.take(comparison.result.rounds === round + 1 ? damage(answer) : answer);
            }
          } catch (error) {
            expect(error).toMatchObject({ name: 'SyncError', code: 'BAD_FRAME' });
          }
          const { rounds, first, second } = comparison.result;
          expect(rounds).toBeLessThanOrEqual(200);
          expect(first.length + second.length).toBeLessThanOrEqual(1000);
        },
      ),
      { seed: 13, numRuns: 300 },
    );
  });
});

interface Node {
  readonly set: ItemSet;
  readonly options: ReconcileOptions;
}

/** All items, and every other one of them. */
function halves(count: number, frameBytesMax: number): [Node, Node] {
  const items = Array.from({ length: count }, (_, i) => item(i, i));
  const nodeOf = (some: readonly Item[]): Node => ({
    set: new ItemVector(some),
    options: options(TUNED, frameBytesMax),
  });
  return [nodeOf(items), nodeOf(items.filter((_, i) => i % 2 === 0))];
}

function compare(first: Node, second: Node, limits = LIMITS): Compared {
  const nodes: Record<Side, Node> = { first, second };
  const comparison = new Comparison(limits);
  for (let asked = comparison.next(); asked !== undefined; asked = comparison.next()) {
    const { set, options: own } = nodes[asked.to];
    comparison.take(answerReconcile(set, asked.message, own));
  }
  return comparison.result;
}

function expectFound({ first, second, complete }: Compared, { items }: Sets): void {
  expect(complete).toBe(true);
  expect(idsOf(first)).toEqual(idsOf(items.filter(({ on }) => on === HERE)));
  expect(idsOf(second)).toEqual(idsOf(items.filter(({ on }) => on === THERE)));
  const times = new Map(items.map(({ id, timestamp }) => [id.toString('hex'), timestamp]));
  for (const { id, from, to } of [...first, ...second]) {
    const timestamp = times.get(id.toString('hex'))!;
    expect([from <= timestamp, timestamp <= to]).toEqual([true, true]);
  }
}

function messageOf(write: (writer: MessageWriter) => void): Buffer {
  const writer = new MessageWriter({ frameBytesMax: 0, messageRangesMax: Infinity });
  write(writer);
  return writer.finish();
}
