import { comparePositions, type Position, START } from '@hooklog/ordered-log';
import type { AppendAnswer } from './append-codec';
import { backoffMs, type BackoffLimits } from './backoff';

export interface SenderLimits extends BackoffLimits {
  readonly heartbeatMs: number;
  /** pause before a follower with another history is asked again */
  readonly divergedRetryMs: number;
}

/** What to do next: send records behind `previous` (none: a probe or heartbeat), or wait for a commit or the time. */
export type SenderStep =
  | {
      readonly kind: 'append';
      readonly previous: Position;
      readonly previousChain: Buffer;
      readonly empty: boolean;
    }
  | { readonly kind: 'wait'; readonly untilMs: number };

export type SenderHealth = 'probing' | 'following' | 'unreachable' | 'diverged';

/** How an answer was taken. `stalled`: the follower did not advance although records were sent. */
export type Verdict = 'advanced' | 'stalled' | 'diverged' | 'stale';

export interface AnsweredAt {
  /** this log's chain at `answer.expect`; undefined when it has no such place */
  readonly chainHere: Buffer | undefined;
  /** records in the request that was answered */
  readonly sent: number;
  /** this log's epoch */
  readonly epoch: number;
  readonly nowMs: number;
  /** in [0, 1) */
  readonly random: number;
}

const NO_CHAIN: Buffer = Buffer.alloc(16);

/**
 * The leader's cursor for one follower. It never sends behind a place whose chain was not compared: first
 * the follower's tail is asked for (an empty append behind START), and each answer's chain is checked
 * against this log. A follower with another history is reported and asked again slowly, never overwritten.
 */
export class Sender {
  private cursor: { readonly position: Position; readonly chain: Buffer } | undefined;
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
    if (!this.cursor) return { kind: 'append', previous: START, previousChain: NO_CHAIN, empty: true };
    const empty = comparePositions(this.cursor.position, tail) >= 0;
    if (empty && nowMs < this.heartbeatAtMs) return { kind: 'wait', untilMs: this.heartbeatAtMs };
    return { kind: 'append', previous: this.cursor.position, previousChain: this.cursor.chain, empty };
  }

  onAnswer(answer: AppendAnswer, at: AnsweredAt): Verdict {
    if (answer.outcome === 'stale' || answer.epoch > at.epoch) return this.diverge('stale', at.nowMs);
    if (answer.outcome === 'diverged' || !at.chainHere?.equals(answer.chain))
      return this.diverge('diverged', at.nowMs);
    const before = this.cursor?.position;
    this.cursor = { position: answer.expect, chain: answer.chain };
    if (before && at.sent > 0 && comparePositions(answer.expect, before) <= 0)
      return this.stall(at.nowMs, at.random);
    return this.advance(earlier(answer.durable, answer.expect), at.nowMs);
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

  private advance(position: Position, nowMs: number): Verdict {
    this.state = 'following';
    this.failures = 0;
    this.acknowledgedAt = position;
    this.heartbeatAtMs = nowMs + this.limits.heartbeatMs;
    return 'advanced';
  }

  private stall(nowMs: number, random: number): Verdict {
    this.retreat(nowMs, random);
    return 'stalled';
  }

  private retreat(nowMs: number, random: number): number {
    this.cursor = undefined;
    this.failures += 1;
    const pauseMs = backoffMs(this.failures, random, this.limits);
    this.notBeforeMs = nowMs + pauseMs;
    return pauseMs;
  }

  private diverge(verdict: 'diverged' | 'stale', nowMs: number): Verdict {
    this.state = 'diverged';
    this.cursor = undefined;
    this.notBeforeMs = nowMs + this.limits.divergedRetryMs;
    return verdict;
  }
}

function earlier(a: Position, b: Position): Position {
  return comparePositions(a, b) < 0 ? a : b;
}
