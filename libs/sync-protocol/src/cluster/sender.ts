import { comparePositions, type Position, START } from '@hooklog/ordered-log';
import type { AppendAnswer } from '../append-codec';
import { backoffMs, type BackoffLimits } from '../backoff';
import { CommonPoint } from './common-point';

export interface SenderLimits extends BackoffLimits {
  readonly heartbeatMs: number;
  /** pause before a follower that refuses this log is asked again */
  readonly divergedRetryMs: number;
}

/** What to do next: send records behind `previous` (none: a probe or heartbeat), or wait for a commit or the time. */
export type SenderStep =
  | { readonly kind: 'append'; readonly previous: Position; readonly empty: boolean }
  | { readonly kind: 'wait'; readonly untilMs: number };

export type SenderHealth = 'probing' | 'following' | 'unreachable' | 'diverged' | 'fenced';

/**
 * How an answer was taken.
 * - `stalled`: the follower did not advance although records were sent
 * - `searching`: the logs differ, and their last common entry is looked for
 * - `diverged`: the follower keeps its own history, since it is committed there
 * - `foreign`: the follower has another log, which did not begin as this one
 * - `fenced`: the follower has promised a later epoch, which has no record there
 * - `deposed`: the follower has a record of a later epoch
 */
export type Verdict = 'advanced' | 'stalled' | 'searching' | 'diverged' | 'foreign' | 'fenced' | 'deposed';

export interface AnsweredAt {
  /** this log's chain at `answer.expect`; undefined when it has no such place */
  readonly chainHere: Buffer | undefined;
  /** records in the request that was answered */
  readonly sent: number;
  /** this log's epoch */
  readonly epoch: number;
  /** this log's end */
  readonly tail: Position;
  readonly nowMs: number;
  /** in [0, 1) */
  readonly random: number;
}

/**
 * The leader's cursor for one follower. It never sends behind a place whose chain was not compared: first the
 * follower's tail is asked for (an empty append behind START), and each answer's chain is checked against this log.
 * Where the logs differ their last common entry is searched, and sending goes on from there.
 */
export class Sender {
  private cursor: Position | undefined;
  private search: CommonPoint | undefined;
  private asked = 0;
  private searched = false;
  private acknowledgedAt: Position | null = null;
  private failures = 0;
  private notBeforeMs = 0;
  private heartbeatAtMs = 0;
  private state: SenderHealth = 'probing';

  constructor(private readonly limits: SenderLimits) {}

  get health(): SenderHealth {
    return this.state;
  }

  /** Everything up to here is durable at the follower and equal to this log; null before the first answer. */
  get acknowledged(): Position | null {
    return this.acknowledgedAt;
  }

  next(tail: Position, nowMs: number): SenderStep {
    if (nowMs < this.notBeforeMs) return { kind: 'wait', untilMs: this.notBeforeMs };
    const sought = this.search?.next;
    if (sought !== undefined) {
      this.asked = sought;
      return { kind: 'append', previous: { sequence: sought, n: 0 }, empty: true };
    }
    if (this.search) this.goOnBehind(this.search.found);
    if (!this.cursor) return { kind: 'append', previous: START, empty: true };
    const empty = comparePositions(this.cursor, tail) >= 0;
    if (empty && nowMs < this.heartbeatAtMs) return { kind: 'wait', untilMs: this.heartbeatAtMs };
    return { kind: 'append', previous: this.cursor, empty };
  }

  onAnswer(answer: AppendAnswer, at: AnsweredAt): Verdict {
    if (answer.outcome === 'foreign') return this.giveWay('foreign', at.nowMs);
    if (answer.epoch > at.epoch) return this.giveWay('deposed', at.nowMs);
    if (answer.outcome === 'stale') return this.giveWay('fenced', at.nowMs);
    if (this.search) {
      this.search.onAnswer(this.asked, answer.outcome === 'accepted');
      return 'searching';
    }
    if (answer.outcome === 'diverged' || !at.chainHere?.equals(answer.chain)) return this.differ(answer, at);
    const before = this.cursor;
    this.cursor = answer.expect;
    this.searched = false;
    this.acknowledgedAt = earlier(answer.durable, answer.expect);
    if (before && at.sent > 0 && comparePositions(answer.expect, before) <= 0)
      return this.stall(at.nowMs, at.random);
    return this.advance(at.nowMs);
  }

  /** The request failed or was not answered: the follower's tail is asked for again after a pause (ms, returned). */
  onFailure(nowMs: number, random: number): number {
    this.state = 'unreachable';
    return this.retreat(nowMs, random);
  }

  /** There is news of the follower: no pause any longer. */
  wake(): void {
    this.notBeforeMs = 0;
  }

  /**
   * Behind the place that was found: the follower has all that was sent, and differs further on; or it refused the
   * records, and will not give up what it has.
   */
  private differ({ outcome, verified, expect }: AppendAnswer, { tail, nowMs }: AnsweredAt): Verdict {
    const { cursor } = this;
    this.acknowledgedAt = null;
    this.cursor = undefined;
    if (!this.searched) {
      this.search = new CommonPoint(Math.min(expect.sequence, tail.sequence) + 1);
      return 'searching';
    }
    if (outcome !== 'accepted' || !cursor || comparePositions(verified, cursor) <= 0)
      return this.giveWay('diverged', nowMs);
    this.cursor = verified;
    return 'searching';
  }

  private goOnBehind(sequence: number): void {
    this.search = undefined;
    this.searched = true;
    this.cursor = { sequence, n: 0 };
  }

  private advance(nowMs: number): Verdict {
    this.state = 'following';
    this.failures = 0;
    this.heartbeatAtMs = nowMs + this.limits.heartbeatMs;
    return 'advanced';
  }

  private stall(nowMs: number, random: number): Verdict {
    this.retreat(nowMs, random);
    return 'stalled';
  }

  private retreat(nowMs: number, random: number): number {
    this.forget();
    this.failures += 1;
    const pauseMs = backoffMs(this.failures, random, this.limits);
    this.notBeforeMs = nowMs + pauseMs;
    return pauseMs;
  }

  private giveWay(verdict: 'diverged' | 'foreign' | 'fenced' | 'deposed', nowMs: number): Verdict {
    this.state = verdict === 'fenced' ? 'fenced' : 'diverged';
    this.acknowledgedAt = null;
    this.forget();
    this.notBeforeMs = nowMs + this.limits.divergedRetryMs;
    return verdict;
  }

  private forget(): void {
    this.cursor = undefined;
    this.search = undefined;
    this.searched = false;
  }
}

function earlier(a: Position, b: Position): Position {
  return comparePositions(a, b) < 0 ? a : b;
}
