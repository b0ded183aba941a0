import { type Position, START } from '@hooklog/ordered-log';
import type { AppendAnswer, AppendOutcome } from '../append-codec';
import { type AnsweredAt, Sender, type Verdict } from './sender';

const LIMITS = { retryMinMs: 100, retryMaxMs: 1000, heartbeatMs: 1000, divergedRetryMs: 30_000 };
const CHAIN = Buffer.alloc(16, 1);
const OTHER = Buffer.alloc(16, 2);
const at = (sequence: number, n = 0): Position => ({ sequence, n });
const TAIL = at(10);

function answer(sequence: number, fields: Partial<AppendAnswer> = {}): AppendAnswer {
  const place = at(sequence);
  return {
    outcome: 'accepted',
    epoch: 3,
    promised: 3,
    incompleteUpTo: START,
    verified: place,
    durable: place,
    expect: place,
    chain: CHAIN,
    ...fields,
  };
}

function answered(fields: Partial<AnsweredAt> = {}): AnsweredAt {
  return { chainHere: CHAIN, sent: 0, epoch: 3, tail: TAIL, nowMs: 0, random: 0, ...fields };
}

function probed(sequence: number): Sender {
  const sender = new Sender(LIMITS);
  sender.onAnswer(answer(sequence), answered());
  return sender;
}

/** A follower whose log is equal to this one up to `common`, and which gives up nothing up to `committed`. */
class Follower {
  readonly asked: number[] = [];

  constructor(
    public common: number,
    public end: number,
    private readonly committed = 0,
  ) {}

  /** @returns verdicts until the sender waits */
  follow(sender: Sender, tail = TAIL): Verdict[] {
    const verdicts: Verdict[] = [];
    for (let step = sender.next(tail, 0); step.kind === 'append'; step = sender.next(tail, 0)) {
      const outcome = step.empty ? this.compare(step.previous) : this.take(step.previous, tail);
      const fields = outcome === 'accepted' ? {} : { verified: START };
      const chainHere = this.end <= this.common ? CHAIN : OTHER;
      const where = answered({ chainHere, tail, sent: step.empty ? 0 : 1 });
      verdicts.push(sender.onAnswer(answer(this.end, { outcome, ...fields }), where));
    }
    return verdicts;
  }

  private compare({ sequence }: Position): AppendOutcome {
    this.asked.push(sequence);
    if (sequence > this.end) return 'gap';
    return sequence <= this.common ? 'accepted' : 'diverged';
  }

  private take({ sequence }: Position, tail: Position): AppendOutcome {
    if (sequence > this.common || this.common < this.committed) return 'diverged';
    this.common = this.end = tail.sequence;
    return 'accepted';
  }
}

describe('the sender of one follower', () => {
  it('asks for the follower’s tail before it sends anything', () => {
    const sender = new Sender(LIMITS);
    expect(sender.next(TAIL, 0)).toEqual({ kind: 'append', previous: START, empty: true });
    expect(sender.acknowledged).toBeNull();
    expect(sender.health).toBe('probing');
  });

  it('sends behind the tail that it found here with the same chain', () => {
    const sender = probed(4);
    expect(sender.next(TAIL, 0)).toEqual({ kind: 'append', previous: at(4), empty: false });
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
    expect(sender.next(TAIL, 1000)).toEqual({ kind: 'append', previous: TAIL, empty: true });
    expect(sender.next(at(11), 1)).toMatchObject({ kind: 'append', empty: false });
  });

  it('acknowledges only what is durable', () => {
    const sender = new Sender(LIMITS);
    sender.onAnswer(answer(8, { durable: at(5) }), answered());
    expect(sender.acknowledged).toEqual(at(5));
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

  it('takes back what a follower turns out not to have', () => {
    const sender = probed(8);
    expect(sender.onAnswer(answer(4, { outcome: 'gap' }), answered({ sent: 3 }))).toBe('stalled');
    expect(sender.acknowledged).toEqual(at(4));
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

  it('keeps what was acknowledged while the follower is away: it is durable there', () => {
    const sender = probed(4);
    sender.onFailure(0, 0);
    expect(sender.acknowledged).toEqual(at(4));
  });
});

describe('a sender that finds another log', () => {
  it.each([
    ['a tail that this log does not have', answer(12), answered({ chainHere: undefined })],
    ['a tail with another chain', answer(4), answered({ chainHere: OTHER })],
    ['another history at the place before', answer(4, { outcome: 'diverged' }), answered()],
  ])('searches for the last common entry, and acknowledges nothing meanwhile: %s', (_, reply, where) => {
    const sender = new Sender(LIMITS);
    expect(sender.onAnswer(reply, where)).toBe('searching');
    expect(sender.acknowledged).toBeNull();
    const step = sender.next(TAIL, 0);
    expect(step).toMatchObject({ kind: 'append', empty: true });
    expect(step).not.toMatchObject({ previous: START });
  });

  it.each([
    ['the follower has more', 14],
    ['this log has more', 6],
    ['both end at the same sequence', 10],
  ])('has it cut back to that entry, wherever it is, and taken the rest: %s', (_, end) => {
    for (let common = 0; common < Math.min(end, TAIL.sequence); common += 1) {
      const [sender, follower] = [new Sender(LIMITS), new Follower(common, end)];
      const verdicts = follower.follow(sender);
      expect(verdicts.slice(0, -1).every((verdict) => verdict === 'searching')).toBe(true);
      expect(verdicts.at(-1)).toBe('advanced');
      expect(follower).toMatchObject({ common: 10, end: 10 });
      expect(sender.acknowledged).toEqual(TAIL);
    }
  });

  it('asks about no place twice, and about few', () => {
    const follower = new Follower(299, 999);
    follower.follow(new Sender(LIMITS), at(1000));
    expect(new Set(follower.asked).size).toBe(follower.asked.length);
    expect(follower.asked.length).toBeLessThanOrEqual(11);
  });

  it('searches up to the last entry: only control records may differ behind it', () => {
    const [sender, tail] = [new Sender(LIMITS), at(1, 3)];
    const where = answered({ chainHere: OTHER, tail });
    sender.onAnswer(answer(1, { expect: at(1, 4) }), where);
    expect(sender.next(tail, 0)).toEqual({ kind: 'append', previous: at(1), empty: true });
    sender.onAnswer(answer(1, { expect: at(1, 4) }), where);
    expect(sender.next(tail, 0)).toEqual({ kind: 'append', previous: at(1), empty: false });
  });

  it('goes on behind what was proved equal where one batch does not reach the first difference', () => {
    const [sender, tail] = [new Sender(LIMITS), at(0, 9)];
    const where = answered({ chainHere: OTHER, tail });
    sender.onAnswer(answer(0, { expect: at(0, 8) }), where);
    expect(sender.next(tail, 0)).toEqual({ kind: 'append', previous: START, empty: false });
    const equal = answer(0, { verified: at(0, 2), expect: at(0, 8) });
    expect(sender.onAnswer(equal, { ...where, sent: 2 })).toBe('searching');
    expect(sender.next(tail, 0)).toEqual({ kind: 'append', previous: at(0, 2), empty: false });
    const cut = answer(0, { verified: at(0, 4), durable: at(0, 4), expect: at(0, 4) });
    expect(sender.onAnswer(cut, { ...answered({ tail }), sent: 2 })).toBe('advanced');
    expect(sender.acknowledged).toEqual(at(0, 4));
  });

  it('begins anew after a failure, since the follower may be another one', () => {
    const sender = new Sender(LIMITS);
    sender.onAnswer(answer(8), answered({ chainHere: OTHER }));
    sender.onFailure(0, 0);
    expect(sender.next(TAIL, 50)).toEqual({ kind: 'append', previous: START, empty: true });
  });
});

describe('a sender that is refused', () => {
  it.each([
    ['another log', answer(4, { outcome: 'foreign', epoch: 9 }), 'foreign', 'diverged'],
    ['a follower with a record of a later epoch', answer(4, { epoch: 4 }), 'deposed', 'diverged'],
    ['one that refuses this epoch as well', answer(4, { outcome: 'stale', epoch: 4 }), 'deposed', 'diverged'],
    ['a later promise without a record', answer(4, { outcome: 'stale', promised: 4 }), 'fenced', 'fenced'],
  ] as const)('sends nothing for a while, and counts nothing: %s', (_, reply, verdict, health) => {
    const sender = probed(4);
    expect(sender.onAnswer(reply, answered())).toBe(verdict);
    expect(sender.health).toBe(health);
    expect(sender.acknowledged).toBeNull();
    expect(sender.next(TAIL, 29_999)).toEqual({ kind: 'wait', untilMs: 30_000 });
    expect(sender.next(TAIL, 30_000)).toEqual({ kind: 'append', previous: START, empty: true });
  });

  it('by a follower that committed another history overwrites nothing, and asks again later', () => {
    const [sender, follower] = [new Sender(LIMITS), new Follower(4, 8, 6)];
    expect(follower.follow(sender).at(-1)).toBe('diverged');
    expect(follower).toMatchObject({ common: 4, end: 8 });
    expect(sender.health).toBe('diverged');
    expect(sender.next(TAIL, 29_999)).toEqual({ kind: 'wait', untilMs: 30_000 });
    expect(sender.next(TAIL, 30_000)).toEqual({ kind: 'append', previous: START, empty: true });
  });
});
