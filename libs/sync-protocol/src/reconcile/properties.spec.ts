import fc from 'fast-check';
import { flip } from '../testing/chunks';
import { SyncError } from '../sync-error';
import { ItemVector } from './item-vector';
import { FRAME_BYTES_MIN } from './limits';
import { answerReconcile, Reconciler } from './reconciler';
import { idsOf, item, options, reconcileSets } from './testing/session';
import { anyFrame, anyPolicy, anySets, anyTimestamp, BOTH, HERE, THERE, vectorOf } from './testing/sets';

/** More than any two of these sets take, also in the smallest frames. */
const MESSAGES_MAX = 1000;

describe('reconciliation of random sets', () => {
  it('finds every difference, and nothing else, whatever the policies and frames', () => {
    fc.assert(
      fc.property(
        anySets,
        anyPolicy,
        anyPolicy,
        anyFrame,
        anyFrame,
        (sets, own, theirs, frame, theirFrame) => {
          const told = reconcileSets(
            vectorOf(sets, HERE),
            vectorOf(sets, THERE),
            options(own, frame),
            options(theirs, theirFrame),
          );
          expect(idsOf(told.have)).toEqual(idsOf(sets.items.filter(({ on }) => on === HERE)));
          expect(idsOf(told.need)).toEqual(idsOf(sets.items.filter(({ on }) => on === THERE)));
          told.transcript.forEach((message, i) => {
            const limit = (i % 2 === 0 ? frame : theirFrame) || Infinity;
            expect(message.length).toBeLessThanOrEqual(limit);
          });
        },
      ),
      { seed: 4, numRuns: 300 },
    );
  });

  it('finds what differs all the time while both sides take entries', () => {
    fc.assert(
      fc.property(
        anySets,
        anyPolicy,
        anyPolicy,
        anyFrame,
        fc.array(fc.tuple(anyTimestamp, fc.constantFrom(HERE, THERE, BOTH)), { maxLength: 60 }),
        (sets, own, theirs, frame, added) => {
          const [here, there] = [vectorOf(sets, HERE), vectorOf(sets, THERE)];
          const late = added.map(([timestamp, on], i) => ({ ...item(10_000 + i, timestamp), on }));
          const take = (round: number): void => {
            for (const one of late.slice(8 * (round - 1), 8 * round)) {
              if ((one.on & HERE) !== 0) here.add(one);
              if ((one.on & THERE) !== 0) there.add(one);
            }
          };
          const told = reconcileSets(here, there, options(own, frame), options(theirs, frame), take);
          const [have, need] = [idsOf(told.have), idsOf(told.need)];
          expect(have).toEqual(expect.arrayContaining(idsOf(sets.items.filter(({ on }) => on === HERE))));
          expect(need).toEqual(expect.arrayContaining(idsOf(sets.items.filter(({ on }) => on === THERE))));
          const equal = new Set(idsOf(sets.items.filter(({ on }) => on === BOTH)));
          expect([...have, ...need].filter((id) => equal.has(id))).toEqual([]);
        },
      ),
      { seed: 5, numRuns: 150 },
    );
  });

  it('finds what differs in the window that both sides are given, and nothing beyond', () => {
    const anyEnd = fc.oneof(anyTimestamp, fc.constant(Infinity));
    fc.assert(
      fc.property(
        anySets,
        anyPolicy,
        anyPolicy,
        anyFrame,
        anyTimestamp,
        anyEnd,
        (sets, own, theirs, frame, from, to) => {
          const window = { from, to };
          const told = reconcileSets(
            vectorOf(sets, HERE),
            vectorOf(sets, THERE),
            options(own, frame, { window }),
            options(theirs, frame, { window }),
          );
          const items = sets.items.filter(({ timestamp }) => from <= timestamp && timestamp < to);
          expect(idsOf(told.have)).toEqual(idsOf(items.filter(({ on }) => on === HERE)));
          expect(idsOf(told.need)).toEqual(idsOf(items.filter(({ on }) => on === THERE)));
        },
      ),
      { seed: 9, numRuns: 150 },
    );
  });

  it('after what was found is exchanged, one small message tells that nothing is missing', () => {
    fc.assert(
      fc.property(anySets, anyPolicy, (sets, policy) => {
        const [here, there] = [vectorOf(sets, HERE), vectorOf(sets, THERE)];
        const { have, need } = reconcileSets(here, there, options(policy));
        for (const one of have) there.add(one);
        for (const { id } of need) here.add(sets.items.find((one) => one.id.equals(id))!);
        const again = reconcileSets(here, there, options(policy));
        expect([again.have, again.need]).toEqual([[], []]);
        expect(again.transcript).toHaveLength(2);
      }),
      { seed: 6, numRuns: 100 },
    );
  });
});

describe('a message that was cut, or of which a bit was turned', () => {
  const damaged = fc.record({
    sets: anySets,
    policy: anyPolicy,
    which: fc.nat(20),
    cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })),
    bit: fc.nat(1 << 20),
  });

  it('is answered within the frame, or refused with a place in it, by both sides', () => {
    fc.assert(
      fc.property(damaged, ({ sets, policy, which, cut, bit }) => {
        const [here, there] = [vectorOf(sets, HERE), vectorOf(sets, THERE)];
        const { transcript } = reconcileSets(here, there, options(policy, FRAME_BYTES_MIN));
        const at = which % transcript.length;
        const message = damage(transcript[at]!, cut, bit);
        if (at % 2 === 0)
          proveSafe(message, () =>
            answerReconcile(there, message, { policy, frameBytesMax: FRAME_BYTES_MIN }),
          );
        else {
          const reconciler = new Reconciler(here, { policy, frameBytesMax: FRAME_BYTES_MIN });
          reconciler.initiate();
          proveSafe(message, () => reconciler.reconcile(message).message ?? Buffer.of());
        }
      }),
      { seed: 7, numRuns: 1000 },
    );
  });

  it('so is garbage behind the version', () => {
    const set = new ItemVector(Array.from({ length: 500 }, (_, i) => item(i, i % 50)));
    const limits = {
      messageBytesMax: FRAME_BYTES_MIN,
      messageRangesMax: 64,
      differencesMax: 100,
      roundsMax: 10,
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000, size: 'max' }), anyPolicy, (bytes, policy) => {
        const message = Buffer.concat([Buffer.of(0x61), bytes]);
        proveSafe(message, () => answerReconcile(set, message, { policy, limits }));
      }),
      { seed: 8, numRuns: 500 },
    );
  });

  it('does not keep a session from its end', () => {
    fc.assert(
      fc.property(damaged, ({ sets, policy, which, cut, bit }) => {
        const [here, there] = [vectorOf(sets, HERE), vectorOf(sets, THERE)];
        const own = options(policy, FRAME_BYTES_MIN);
        const reconciler = new Reconciler(here, own);
        let messages = 0;
        const carry = (message: Buffer): Buffer => {
          expect(message.length).toBeLessThanOrEqual(FRAME_BYTES_MIN);
          if (messages > MESSAGES_MAX) throw new Error('the session does not end');
          return messages++ === which ? damage(message, cut, bit) : message;
        };
        try {
          let message: Buffer | undefined = reconciler.initiate();
          while (message !== undefined)
            message = reconciler.reconcile(carry(answerReconcile(there, carry(message), own))).message;
        } catch (error) {
          expect(error).toMatchObject({ name: 'SyncError', code: 'BAD_FRAME' });
        }
      }),
      { seed: 10, numRuns: 300 },
    );
  });
});

function damage(message: Buffer, cut: number | null, bit: number): Buffer {
  return cut === null ? flip(message, bit) : message.subarray(0, Math.floor(cut * message.length));
}

function proveSafe(message: Buffer, answer: () => Buffer): void {
  try {
    expect(answer().length).toBeLessThanOrEqual(FRAME_BYTES_MIN);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    expect(error.code).toBe('BAD_FRAME');
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(message.length);
  }
}
