import { createHash } from 'node:crypto';
import { SyncError } from '../sync-error';
import { INFINITY } from './bound';
import type { Item } from './item-set';
import { ItemVector } from './item-vector';
import { RECONCILE_LIMITS } from './limits';
import { readMessage } from './message-reader';
import { REFERENCE, TUNED } from './policy';
import { answerReconcile, Reconciler } from './reconciler';
import { idsOf, item, NO_LIMITS, options, reconcileSets } from './testing/session';

const NOON = 1_763_600_000;
const EE = { timestamp: 12_345, id: Buffer.alloc(32, 0xee) };
const POLICIES = [
  ['reference', REFERENCE],
  ['tuned', TUNED],
] as const;

/** `perSecond` of them share a timestamp. */
function itemsOf(count: number, perSecond: number): Item[] {
  return Array.from({ length: count }, (_, i) => item(i, NOON + Math.floor(i / perSecond)));
}

function without(items: readonly Item[], step: number, place: number): Item[] {
  return step === 0 ? [...items] : items.filter((_, i) => i % step !== place);
}

describe('the reference policy', () => {
  it('lists what few items there are, and answers with its own', () => {
    const reconciler = new Reconciler(new ItemVector([EE]), { policy: REFERENCE });
    expect(reconciler.initiate().toString('hex')).toBe('6100000201' + 'ee'.repeat(32));
    const empty = Buffer.from('6100000200', 'hex');
    expect(answerReconcile(new ItemVector([EE]), empty, { policy: REFERENCE }).toString('hex')).toBe(
      '6100000201' + 'ee'.repeat(32),
    );
    expect(reconciler.reconcile(empty)).toEqual({
      message: undefined,
      complete: true,
      have: [EE],
      need: [],
    });
  });

  it('splits 40 items, one a second, into 8 buckets of 3 and 8 of 2, with the shortest bounds', () => {
    const items = Array.from({ length: 40 }, (_, i) => ({ timestamp: i + 1, id: Buffer.alloc(32, i) }));
    // a bucket is its upper bound (1 + difference of the timestamps, no id), mode 1, fingerprint
    const buckets = Array.from({ length: 16 }, (_, i) => {
      const [from, to] = i < 8 ? [3 * i, 3 * i + 3] : [24 + 2 * (i - 8), 26 + 2 * (i - 8)];
      const upper = i === 15 ? '00' : i === 0 ? '05' : i < 8 ? '04' : '03';
      return `${upper}0001${fingerprintOf(items.slice(from, to))}`;
    });
    const first = new Reconciler(new ItemVector(items), { policy: REFERENCE }).initiate();
    expect(first.toString('hex')).toBe('61' + buckets.join(''));
    // the peer lacks number 5: all is equal but the second bucket, of which it lists its two
    const there = new ItemVector(items.filter((_, i) => i !== 5));
    const answer = answerReconcile(there, first, { policy: REFERENCE });
    expect(answer.toString('hex')).toBe(
      '61' + '050000' + '040002' + '02' + '03'.repeat(32) + '04'.repeat(32),
    );
  });

  // recorded with the public C++ implementation on both sides
  it.each([
    [10, 1, 3, 4, 0, 0, 2, 490, 'df5f25409a211bea80ef074964fad5f8'],
    [100, 3, 10, 10, 0, 0, 2, 2215, 'da299c5c4c0a383bb5491b71390414fe'],
    [3000, 3, 0, 0, 0, 0, 2, 321, '5e49c89641ca051be9a3ce27baa13656'],
    [3000, 3, 50, 70, 0, 0, 4, 73386, '51b2b9caf53489baaa65ba1cd97a772b'],
    [3000, 3000, 50, 70, 0, 0, 4, 65479, 'f85d06b9da2a9233c9a1d39b9d7266a5'],
    [3000, 3, 2, 3, 4096, 4096, 60, 171597, '6a8f49d2f92c05f7e2e266943e2848bf'],
    [3000, 700, 5, 0, 4096, 20000, 22, 128162, '1173bf491ddfa6baf6539540f75e183d'],
    [20000, 7, 100, 90, 6000, 9000, 58, 312555, '452ca6d69e28dddf2cfc1e1f96a415b9'],
  ])(
    'says what public implementations say: %d items, %d a second, 1 of %d and 1 of %d missing, frames %d and %d',
    (count, perSecond, lackedHere, lackedThere, frameHere, frameThere, messages, bytes, sha256) => {
      const items = itemsOf(count, perSecond);
      const here = new ItemVector(without(items, lackedHere, 1));
      const there = new ItemVector(without(items, lackedThere, 2));
      const told = reconcileSets(here, there, options(REFERENCE, frameHere), options(REFERENCE, frameThere));
      expect(told.transcript).toHaveLength(messages);
      expect(Buffer.concat(told.transcript)).toHaveLength(bytes);
      const text = told.transcript.map((message) => message.toString('hex')).join('\n');
      expect(createHash('sha256').update(text).digest('hex').slice(0, 32)).toBe(sha256);
    },
  );
});

describe('the tuned policy', () => {
  it('finds a lone difference without narrowing down to it: the server lists it alone, the initiator is silent', () => {
    const items = itemsOf(2000, 1);
    const all = new ItemVector(items);
    const lacking = new ItemVector(items.filter((_, i) => i !== 777));
    const needed = reconcileSets(lacking, all, options(TUNED));
    expect(needed.need).toEqual([{ id: items[777]!.id, from: NOON + 777, to: NOON + 777 }]);
    expect(needed.transcript).toHaveLength(2);
    expect(needed.transcript[1]!.toString('hex')).toBe(
      `6186c8f9d30a0000${'02000201'}${items[777]!.id.toString('hex')}`,
    );
    const had = reconcileSets(all, lacking, options(TUNED));
    expect(idsOf(had.have)).toEqual(idsOf([items[777]!]));
    expect(had.transcript).toHaveLength(2);
  });

  it('needs one small message where nothing differs', () => {
    const set = new ItemVector(itemsOf(20_000, 7));
    const { transcript } = reconcileSets(set, set, options(TUNED));
    expect(transcript.map(({ length }) => length)).toEqual([expect.any(Number), 1]);
    expect(transcript[0]!.length).toBeLessThan(400);
  });

  it('splits finer where nearly all ranges differ', () => {
    const items = itemsOf(50_000, 7);
    const all = new ItemVector(items);
    const answerTo = (here: ItemVector): number => {
      const message = answerReconcile(all, new Reconciler(here, options(TUNED)).initiate(), options(TUNED));
      return readMessage(message, NO_LIMITS)!.filter(({ mode }) => mode === 'fingerprint').length;
    };
    expect(answerTo(new ItemVector(without(items, 100, 1)))).toBe(16 * 15);
    // two differences, so that it cannot be guessed
    expect(answerTo(new ItemVector(items.filter((_, i) => i !== 1001 && i !== 1002)))).toBe(8);
  });

  it('ends a full message with the fingerprint of all that it did not speak of', () => {
    const items = itemsOf(3000, 1);
    const there = new ItemVector(without(items, 3, 2));
    const few = { limits: { ...RECONCILE_LIMITS, messageRangesMax: 64 } };
    const first = new Reconciler(new ItemVector(items), few).initiate();
    const ranges = readMessage(answerReconcile(there, first, few), few.limits)!;
    const { timestamp, id } = ranges.at(-2)!.upper;
    const told = there.lowerBound(timestamp, id);
    const fingerprint = there.fingerprint(told, there.size);
    expect(told).toBeLessThan(there.size - 100);
    expect(ranges.at(-1)).toEqual({ mode: 'fingerprint', upper: INFINITY, fingerprint });
    expect(reconcileSets(new ItemVector(items), there, few).have).toHaveLength(1000);
  });
});

describe.each(POLICIES)('a session of the %s policy', (_, policy) => {
  it.each(POLICIES)('finds every difference of a server of the %s policy', (_other, other) => {
    const items = itemsOf(5000, 40);
    const [here, there] = [without(items, 30, 1), without(items, 17, 2)];
    const told = reconcileSets(new ItemVector(here), new ItemVector(there), options(policy), options(other));
    expect(idsOf(told.have)).toEqual(idsOf(here.filter((own) => !there.includes(own))));
    expect(idsOf(told.need)).toEqual(idsOf(there.filter((own) => !here.includes(own))));
    for (const { id, from, to } of told.need) {
      const { timestamp } = there.find((own) => own.id.equals(id))!;
      expect([from <= timestamp, timestamp <= to]).toEqual([true, true]);
    }
  });

  it('compares the window alone, when both sides have the same one', () => {
    const items = itemsOf(1000, 1);
    const window = { from: NOON + 100, to: NOON + 200 };
    const there = new ItemVector(items.filter((_item, i) => i % 50 !== 0));
    const own = options(policy, 0, { window });
    expect(reconcileSets(new ItemVector(items), there, own).have).toEqual([items[100], items[150]]);
    expect(reconcileSets(there, new ItemVector(items), own).need.map(({ id }) => id)).toEqual([
      items[100]!.id,
      items[150]!.id,
    ]);
    const nothing = options(policy, 0, { window: { from: NOON + 5000, to: Infinity } });
    expect(reconcileSets(new ItemVector(items), there, nothing).transcript).toHaveLength(2);
  });

  it('tells equal ids at different times apart', () => {
    const beats = Array.from({ length: 300 }, (_beat, i) => ({
      timestamp: NOON + 300 * i,
      id: item(1, 0).id,
    }));
    const here = new ItemVector(without(beats, 4, 1));
    const { need } = reconcileSets(here, new ItemVector(beats), options(policy));
    const lacked = beats.filter((_beat, i) => i % 4 === 1);
    for (const { timestamp } of lacked)
      expect(need.some(({ from, to }) => from <= timestamp && timestamp <= to)).toBe(true);
  });

  it('is over for the initiator when the peer speaks another version', () => {
    const reconciler = new Reconciler(new ItemVector([EE]), { policy });
    reconciler.initiate();
    expect(() => reconciler.reconcile(Buffer.from('62', 'hex'))).toThrow(
      new SyncError('BAD_FRAME', 'the peer speaks version 2', 0),
    );
  });

  it('is over at some time, and says that it is not complete, with a peer that never agrees', () => {
    const reconciler = new Reconciler(new ItemVector(itemsOf(2, 1)), {
      policy: { ...policy, initiatorListMax: 1 },
      limits: { ...RECONCILE_LIMITS, roundsMax: 70 },
    });
    const never = Buffer.from(`61000001${'00'.repeat(16)}`, 'hex');
    reconciler.initiate();
    let step = reconciler.reconcile(never);
    let rounds = 1;
    for (; step.message !== undefined; rounds++) step = reconciler.reconcile(never);
    expect([rounds, step.complete]).toEqual([70, false]);
  });

  it('takes nothing of a message that is refused', () => {
    const [here, there] = [new ItemVector([EE]), new ItemVector(itemsOf(3, 1))];
    const reconciler = new Reconciler(here, { policy });
    const answer = answerReconcile(there, reconciler.initiate(), { policy });
    expect(() => reconciler.reconcile(Buffer.concat([answer, Buffer.of(1)]))).toThrow(SyncError);
    expect(reconciler.reconcile(answer)).toMatchObject({ message: undefined, have: [EE] });
  });
});

describe('a session that finds more than its limit', () => {
  it('is over, and says so; the next one goes on behind what was repaired', () => {
    const items = itemsOf(3000, 1);
    const [here, there] = [new ItemVector(without(items, 4, 1)), new ItemVector(items)];
    const limits = { ...NO_LIMITS, differencesMax: 100 };
    for (let session = 1; session <= 8; session++) {
      const { need, complete } = reconcileSets(here, there, options(TUNED, 0, { limits }));
      expect({ found: need.length, complete }).toEqual(
        session < 8 ? { found: 100, complete: false } : { found: 50, complete: true },
      );
      for (const { id } of need) here.add(items.find((one) => one.id.equals(id))!);
    }
    expect(here.size).toBe(there.size);
  });

  it('asks nothing more', () => {
    const items = itemsOf(20_000, 1);
    const [here, there] = [new ItemVector(without(items, 50, 1)), new ItemVector(items)];
    const whole = reconcileSets(here, there, options(REFERENCE, 4096));
    const limits = { ...NO_LIMITS, differencesMax: 10 };
    const part = reconcileSets(here, there, options(REFERENCE, 4096, { limits }));
    expect([whole.need.length, part.need.length]).toEqual([400, 10]);
    expect(part.transcript.length).toBeLessThan(whole.transcript.length / 4);
  });
});

describe('answerReconcile', () => {
  it('answers another version with its own one', () => {
    const answer = answerReconcile(new ItemVector([EE]), Buffer.from('62aabbcc', 'hex'));
    expect(answer.toString('hex')).toBe('61');
  });

  it.each(POLICIES)('of the %s policy never answers with more than a frame', (_, policy) => {
    const set = new ItemVector(itemsOf(20_000, 50));
    const all = Buffer.from('6100000200', 'hex');
    for (const frameBytesMax of [4096, 5000, 65_536]) {
      const answer = answerReconcile(set, all, options(policy, frameBytesMax));
      expect(answer.length).toBeLessThanOrEqual(frameBytesMax);
      expect(answer.length).toBeGreaterThan(frameBytesMax - 200);
    }
    expect(answerReconcile(set, all, { policy }).length).toBeLessThanOrEqual(
      RECONCILE_LIMITS.messageBytesMax,
    );
  });

  it('cuts a long list with a full bound, and folds what is behind it', () => {
    const items = itemsOf(200, 50);
    const answer = answerReconcile(
      new ItemVector(items),
      Buffer.from('6100000200', 'hex'),
      options(REFERENCE, 4096),
    );
    const sorted = [...new ItemVector(items).items(0, 200)];
    const count = Math.floor((4096 - 200 - 1) / 32) + 1;
    const cut = sorted[count]!;
    const head = `61${'86c8f9cd03'}20${cut.id.toString('hex')}02${count.toString(16)}`;
    const ids = sorted.slice(0, count).map(({ id }) => id.toString('hex'));
    const rest = `000001${fingerprintOf(sorted.slice(count))}`;
    expect(answer.toString('hex')).toBe(head + ids.join('') + rest);
  });

  it('refuses a frame that leaves no room', () => {
    expect(() => answerReconcile(new ItemVector(), Buffer.of(0x61), options(TUNED, 4095))).toThrow('4096');
  });
});

/** By the definition, with nothing of the library's own. */
function fingerprintOf(items: readonly Item[]): string {
  let sum = 0n;
  for (const { id } of items) sum += BigInt(`0x${Buffer.from(id).reverse().toString('hex')}`);
  const bytes = Buffer.from((sum % 2n ** 256n).toString(16).padStart(64, '0'), 'hex').reverse();
  const input = Buffer.concat([bytes, Buffer.of(items.length)]);
  return createHash('sha256').update(input).digest('hex').slice(0, 32);
}
