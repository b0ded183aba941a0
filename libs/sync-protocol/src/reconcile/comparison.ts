import assert from 'node:assert';
import { SyncError } from '../sync-error';
import { compareBounds, INFINITY, lastTimestampBefore, ZERO } from './bound';
import type { Missing } from './findings';
import { COMPARISON_LIMITS, type ComparisonLimits, FINGERPRINT_BYTES } from './limits';
import { type Answered, isSameRange, matchAnswer, type OpenRange } from './match-answer';
import { readMessage, VERSION } from './message-reader';
import { MessageWriter } from './message-writer';

export type Side = 'first' | 'second';

/** A message for one side; it has to answer before the next one is asked for. */
export interface Question {
  readonly to: Side;
  readonly message: Buffer;
}

export interface Compared {
  /** What only this side has. */
  readonly first: readonly Missing[];
  readonly second: readonly Missing[];
  /** Everything was compared. If not, there may be more. */
  readonly complete: boolean;
  /** Questions to both sides together. */
  readonly rounds: number;
  /** Of messages, up and down. */
  readonly bytes: number;
}

/** No SHA-256 begins with it, as far as anybody knows: whoever is told it answers with what it has. */
const IMPOSSIBLE = Buffer.alloc(FINGERPRINT_BYTES);

/**
 * Compares two sets that are both somewhere else, each behind an `answerReconcile` with the same window: what one side
 * answers is what the other one is asked. It never holds more than what differs.
 */
export class Comparison {
  /** What a side is to be asked about, ascending. */
  readonly #open: Record<Side, OpenRange[]>;
  readonly #only: Record<Side, Missing[]> = { first: [], second: [] };
  /** What the last question was about, until it is answered. */
  #asked: { readonly to: Side; readonly ranges: readonly OpenRange[] } | undefined;
  #rounds = 0;
  #bytes = 0;

  constructor(private readonly limits: ComparisonLimits = COMPARISON_LIMITS) {
    const claim = { mode: 'fingerprint', fingerprint: IMPOSSIBLE } as const;
    this.#open = { first: [{ lower: ZERO, upper: INFINITY, claim }], second: [] };
  }

  /** undefined: it is over. */
  next(): Question | undefined {
    assert(this.#asked === undefined, 'the last question is not answered');
    const to = this.#lowest();
    if (to === undefined || this.#isUsedUp) return undefined;
    const { message, count } = this.#write(this.#open[to]);
    this.#asked = { to, ranges: this.#open[to].splice(0, count) };
    this.#rounds += 1;
    this.#bytes += message.length;
    return { to, message };
  }

  /** @throws SyncError `BAD_FRAME`: the side that was asked does not answer as it should, and it is over */
  take(answer: Buffer): void {
    assert(this.#asked !== undefined, 'nothing was asked');
    const { to, ranges } = this.#asked;
    const said = readMessage(answer, this.limits);
    if (said === undefined)
      throw new SyncError('BAD_FRAME', `the peer speaks version ${answer[0]! - VERSION + 1}`, 0);
    const { answered, rest } = matchAnswer(ranges, said);
    const isFirst = this.#rounds === 1;
    if (isFirst && answered[0]?.told.length === 0)
      throw new SyncError('BAD_FRAME', 'what cannot be equal was called equal');
    this.#asked = undefined;
    this.#bytes += answer.length;
    this.#put(to, rest);
    this.#put(
      otherThan(to),
      answered.flatMap((one) => this.#conclude(to, one)),
    );
    this.#refuseTooMany();
  }

  get result(): Compared {
    const complete = this.#asked === undefined && this.#lowest() === undefined && !this.#isFull;
    return { ...this.#only, complete, rounds: this.#rounds, bytes: this.#bytes };
  }

  get #isFull(): boolean {
    return this.#only.first.length + this.#only.second.length >= this.limits.differencesMax;
  }

  get #isUsedUp(): boolean {
    return this.#isFull || this.#rounds >= this.limits.roundsMax;
  }

  /** From front to back, so that few ranges are open at a time. */
  #lowest(): Side | undefined {
    const [first, second] = [this.#open.first[0], this.#open.second[0]];
    if (first === undefined) return second === undefined ? undefined : 'second';
    return second === undefined || compareBounds(first.lower, second.lower) <= 0 ? 'first' : 'second';
  }

  #write(open: readonly OpenRange[]): { message: Buffer; count: number } {
    const { messageBytesMax, questionRangesMax } = this.limits;
    const writer = new MessageWriter({ frameBytesMax: messageBytesMax, messageRangesMax: questionRangesMax });
    let count = 0;
    for (const { lower, upper, claim } of open) {
      if (writer.isFull) break;
      if (compareBounds(lower, open[count - 1]?.upper ?? ZERO) > 0) writer.skip(lower);
      if (claim.mode === 'fingerprint') writer.fingerprint(upper, claim.fingerprint);
      else writer.ids(upper, [], 0);
      count += 1;
    }
    return { message: writer.finish(), count };
  }

  /** What the other side is to be asked about. */
  #conclude(by: Side, { asked, told }: Answered): OpenRange[] {
    const { claim } = asked;
    if (claim.mode !== 'ids') return [...told];
    return told.filter((range) => {
      if (!isSameRange(range, asked) && claim.ids.length > 0) return true;
      if (range.claim.mode === 'ids') this.#compare(by, range, range.claim.ids, claim.ids);
      return false;
    });
  }

  #compare(by: Side, range: OpenRange, ids: readonly Buffer[], others: readonly Buffer[]): void {
    this.#find(by, range, surplus(ids, others));
    this.#find(otherThan(by), range, surplus(others, ids));
  }

  #find(side: Side, { lower, upper }: OpenRange, ids: readonly Buffer[]): void {
    const [from, to] = [lower.timestamp, lastTimestampBefore(upper)];
    for (const id of ids) {
      if (this.#isFull) return;
      this.#only[side].push({ id: Buffer.from(id), from, to });
    }
  }

  #put(side: Side, ranges: readonly OpenRange[]): void {
    this.#open[side] = [...ranges, ...this.#open[side]].sort((a, b) => compareBounds(a.lower, b.lower));
  }

  #refuseTooMany(): void {
    const count = this.#open.first.length + this.#open.second.length;
    if (count > this.limits.openRangesMax)
      throw new SyncError(
        'BAD_FRAME',
        `${count} ranges that differ, at most ${this.limits.openRangesMax} are asked about`,
      );
  }
}

function otherThan(side: Side): Side {
  return side === 'first' ? 'second' : 'first';
}

/** What of a list is not in the other one, as often as it is not. */
function surplus(ids: readonly Buffer[], others: readonly Buffer[]): Buffer[] {
  const left = new Map<string, number>();
  for (const id of others) left.set(text(id), (left.get(text(id)) ?? 0) + 1);
  return ids.filter((id) => {
    const count = left.get(text(id)) ?? 0;
    left.set(text(id), count - 1);
    return count <= 0;
  });
}

function text(id: Buffer): string {
  return id.toString('latin1');
}
