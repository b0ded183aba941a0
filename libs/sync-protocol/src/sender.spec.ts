import { START } from '@hooklog/ordered-log';
import type { AppendAnswer } from './append-codec';
import { type AnsweredAt, Sender } from './sender';

const LIMITS = { retryMinMs: 100, retryMaxMs: 1000, heartbeatMs: 1000, divergedRetryMs: 30_000 };
const CHAIN = Buffer.alloc(16, 1);
const OTHER = Buffer.alloc(16, 2);
const NO_CHAIN = Buffer.alloc(16);
const at = (sequence: number) => ({ sequence, n: 0 });
const TAIL = at(10);

function answer(sequence: number, fields: Partial<AppendAnswer> = {}): AppendAnswer {
  const place = at(sequence);
  return {
    outcome: 'accepted',
    epoch: 3,
    verified: place,
    durable: place,
    expect: place,
    chain: CHAIN,
    ...fields,
  };
}

function answered(fields: Partial<AnsweredAt> = {}): AnsweredAt {
  return { chainHere: CHAIN, sent: 0, epoch: 3, nowMs: 0, random: 0, ...fields };
}

function probed(sequence: number): Sender {
  const sender = new Sender(LIMITS);
  sender.onAnswer(answer(sequence), answered());
  return sender;
}

describe('the sender of one follower', () => {
  it('asks for the follower’s tail before it sends anything', () => {
    const sender = new Sender(LIMITS);
    expect(sender.next(TAIL, 0)).toEqual({
      kind: 'append',
      previous: START,
      previousChain: NO_CHAIN,
      empty: true,
    });
    expect(sender.acknowledged).toBeNull();
    expect(sender.health).toBe('probing');
  });

  it('sends behind the tail that it found here with the same chain', () => {
    const sender = probed(4);
    expect(sender.next(TAIL, 0)).toEqual({
      kind: 'append',
      previous: at(4),
      previousChain: CHAIN,
      empty: false,
    });
    expect(sender.acknowledged).toEqual(at(4));
    expect(sender.health).toBe('following');
  });

  it('goes on behind what the follower has, also when an answer was lost', () => {
    const sender = probed(4);
    expect(sender.onAnswer(answer(8), answered({ sent: 2 }))).toBe('advanced');
    expect(sender.next(TAIL, 0)).toMatchObject({ previous: at(8) });
  });

  it('waits when all is sent, and shows that it lives when it waited long', () => {
    const sender = probed(10);
    expect(sender.next(TAIL, 999)).toEqual({ kind: 'wait', untilMs: 1000 });
    expect(sender.next(TAIL, 1000)).toEqual({
      kind: 'append',
      previous: TAIL,
      previousChain: CHAIN,
      empty: true,
    });
    expect(sender.next(at(11), 1)).toMatchObject({ kind: 'append', empty: false });
  });

  it('acknowledges only what is durable', () => {
    const sender = new Sender(LIMITS);
    sender.onAnswer(answer(8, { durable: at(5) }), answered());
    expect(sender.acknowledged).toEqual(at(5));
  });

  it.each([
    ['a tail that this log does not have', answer(12), answered({ chainHere: undefined }), 'diverged'],
    ['a tail with another chain', answer(4), answered({ chainHere: OTHER }), 'diverged'],
    ['another history at the place before', answer(4, { outcome: 'diverged' }), answered(), 'diverged'],
    ['a refusal of this epoch', answer(4, { outcome: 'stale' }), answered(), 'stale'],
    ['a follower of a later epoch', answer(4, { epoch: 4 }), answered(), 'stale'],
  ] as const)('overwrites nothing: %s', (_, reply, where, verdict) => {
    const sender = new Sender(LIMITS);
    expect(sender.onAnswer(reply, where)).toBe(verdict);
    expect(sender.health).toBe('diverged');
    expect(sender.next(TAIL, 29_999)).toEqual({ kind: 'wait', untilMs: 30_000 });
    expect(sender.next(TAIL, 30_000)).toMatchObject({ previous: START, empty: true });
  });

  it('takes a gap as the place to go on from', () => {
    const sender = probed(8);
    sender.onFailure(0, 0);
    expect(sender.onAnswer(answer(2, { outcome: 'gap', verified: START }), answered())).toBe('advanced');
    expect(sender.next(TAIL, 60_000)).toMatchObject({ previous: at(2) });
  });

  it('does not spin on a follower that never advances', () => {
    const sender = probed(4);
    expect(sender.onAnswer(answer(4, { outcome: 'gap' }), answered({ sent: 3 }))).toBe('stalled');
    expect(sender.next(TAIL, 49)).toEqual({ kind: 'wait', untilMs: 50 });
    expect(sender.next(TAIL, 50)).toMatchObject({ previous: START, empty: true });
  });

  it('probes again after a failure, after pauses that grow to a limit', () => {
    const sender = probed(4);
    expect([1, 2, 3, 4, 5, 6].map(() => sender.onFailure(0, 0.999999))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
    expect(sender.health).toBe('unreachable');
    expect(sender.next(TAIL, 999)).toEqual({ kind: 'wait', untilMs: 1000 });
    sender.wake();
    expect(sender.next(TAIL, 0)).toMatchObject({ previous: START, empty: true });
    sender.onAnswer(answer(4), answered());
    expect(sender.onFailure(0, 0)).toBe(50);
  });
});
