import { comparePositions, type Position, START } from '@hooklog/ordered-log';
import type { AppendAnswer } from '../append-codec';
import { collectedName, readCheckpoint } from './checkpoint';
import { collectLoop } from './collect-loop';
import type { Failure } from './failure';
import { type FlowContext, type FlowPeer, FlowState } from './flow';
import { type FollowerReport, sendLoop } from './send-loop';
import type { Verdict } from './sender';
import { Rest } from './waiting';

/**
 * UNREACHABLE until the first answer. DIVERGED: the member has a committed history that this log does not have.
 * FENCED: it has promised a later epoch, which nobody began.
 */
export type SecondaryHealth = 'HEALTHY' | 'UNREACHABLE' | 'DIVERGED' | 'FENCED';

export interface SecondaryOptions extends Omit<FlowContext, 'stop' | 'link'> {
  readonly collect: boolean;
  /** it may have more of the log now than before, or less */
  readonly onAnswer: () => void;
  /** it has a record of a later epoch */
  readonly onDeposed: (epoch: number) => void;
}

/** What the leader knows about one member. */
export interface FollowStatus {
  readonly health: SecondaryHealth;
  /** ms since the epoch: when `health` began */
  readonly since: number;
  /** last sequence that it holds durably and provably equal; null before its first answer, or of another history */
  readonly sequence: number | null;
  /** entries of this log that it has not acknowledged; null where `sequence` is */
  readonly lag: number | null;
  /** arrival number of the last entry collected from its store; null before the first */
  readonly collected: number | null;
  /** the failure that lasts now; null when all is well */
  readonly failure: Failure | null;
}

/** One member as its leader sees it: two flows that fail and recover by themselves, and what is known of them. */
export class Secondary {
  private readonly controller = new AbortController();
  private readonly context: FlowContext;
  private readonly flows: Record<'follow' | 'collect', FlowState>;
  private readonly rests: Record<'follow' | 'collect', Rest>;
  private loops: Promise<unknown> = Promise.resolve();
  private health: SecondaryHealth = 'UNREACHABLE';
  private since: number;
  private acknowledgedAt: Position | null = null;
  private most: Position | null = null;
  private lost = false;
  private lostUpTo: Position = START;
  private promisedThere = 0;
  private collected: number | null = null;

  private constructor(private readonly options: SecondaryOptions) {
    const stop = this.controller.signal;
    const { ports, member } = options;
    this.context = { ...options, stop, link: ports.connect(member) };
    this.flows = {
      follow: new FlowState(this.context, 'follow'),
      collect: new FlowState(this.context, 'collect'),
    };
    this.rests = { follow: new Rest(stop, ports.after), collect: new Rest(stop, ports.after) };
    this.since = ports.now();
  }

  static async start(options: SecondaryOptions): Promise<Secondary> {
    const secondary = new Secondary(options);
    secondary.collected = await readCheckpoint(options.log, collectedName(options.member.store));
    secondary.loops = Promise.all(secondary.startLoops());
    return secondary;
  }

  get member(): FlowPeer {
    return this.options.member;
  }

  /** Everything up to here is durable there and equal to this log; null: nothing that counts. */
  get acknowledged(): Position | null {
    return this.lacking ? null : this.acknowledgedAt;
  }

  /** The last sequence of that; 0: none. */
  get held(): number {
    return this.acknowledged?.sequence ?? 0;
  }

  /** Where it is with what it lost, when it lost something that it had acknowledged: it should not count as a voter. */
  get lackingAt(): Position | null {
    return this.lacking ? this.acknowledgedAt : null;
  }

  /** The epoch that it said it promised; 0 before its first answer. */
  get promised(): number {
    return this.promisedThere;
  }

  /** Only members that are named behind this place make it whole again. */
  get incompleteUpTo(): Position {
    return this.lostUpTo;
  }

  get healthy(): boolean {
    return this.health === 'HEALTHY';
  }

  status(): FollowStatus {
    const { health, since, collected, flows } = this;
    const sequence = this.acknowledgedAt?.sequence ?? null;
    const lag = sequence === null ? null : this.options.log.tail.position.sequence - sequence;
    return {
      health,
      since,
      sequence,
      lag,
      collected,
      failure: flows.follow.failure ?? flows.collect.failure,
    };
  }

  /** There is news of it: pauses after failures end. */
  wake(): void {
    this.rests.follow.wake();
    this.rests.collect.wake();
  }

  /** What it lost is no vote any longer: from here on it counts again with what it acknowledges. */
  forgive(): void {
    this.lost = false;
    this.most = null;
  }

  async stop(): Promise<void> {
    this.controller.abort();
    await this.loops;
    this.context.link.close();
  }

  private startLoops(): Promise<void>[] {
    const { context, flows, rests } = this;
    const loops = [sendLoop(context, rests.follow, this.followerReport())];
    if (this.options.collect) {
      loops.push(collectLoop(context, rests.collect, flows.collect, (arrival) => (this.collected = arrival)));
    }
    return loops;
  }

  private followerReport(): FollowerReport {
    return {
      onAnswer: (verdict, acknowledged, answer) => this.onAnswer(verdict, acknowledged, answer),
      onFailure: (failure) => {
        this.flows.follow.failed(failure);
        // what the lost disk had acknowledged is gone with it
        if (failure.code === 'STORE_CHANGED') this.acknowledgedAt = null;
        this.turn('UNREACHABLE');
      },
    };
  }

  private onAnswer(verdict: Verdict, acknowledged: Position | null, answer: AppendAnswer): void {
    this.promisedThere = answer.promised;
    const proven = verdict === 'advanced' || verdict === 'stalled';
    this.acknowledgedAt = proven ? acknowledged : null;
    if (verdict === 'advanced') this.note(acknowledged, answer.incompleteUpTo);
    if (verdict === 'deposed') this.options.onDeposed(answer.epoch);
    this.options.onAnswer();
    if (verdict === 'stalled' || verdict === 'searching') return;
    if (verdict === 'advanced') this.flows.follow.recovered();
    else this.flows.follow.failed(FAILURES[verdict]);
    this.turn(HEALTH[verdict]);
  }

  /** A store that has less than it acknowledged in this epoch, or says that it lost something, does not count. */
  private note(acknowledged: Position | null, incompleteUpTo: Position): void {
    const less = this.most !== null && acknowledged !== null && comparePositions(acknowledged, this.most) < 0;
    const before = this.lacking;
    this.lost ||= less;
    this.lostUpTo = incompleteUpTo;
    if (this.lacking && !before) {
      const { node: peer, store } = this.member;
      this.options.logger.warn(
        { peer, store, acknowledged, before: this.most },
        `${peer} lost something that it had: it does not count until it has it again`,
      );
    }
    this.most = less ? this.most : acknowledged;
  }

  private get lacking(): boolean {
    return this.lost || comparePositions(this.lostUpTo, START) > 0;
  }

  private turn(health: SecondaryHealth): void {
    if (health === this.health) return;
    this.health = health;
    this.since = this.options.ports.now();
    const { node: peer, url } = this.member;
    this.options.logger.info(
      { peer, url, health, sequence: this.acknowledgedAt?.sequence ?? null },
      `${peer} is ${health}`,
    );
  }
}

type Trouble = 'diverged' | 'foreign' | 'fenced' | 'deposed';

const HEALTH: Readonly<Record<'advanced' | Trouble, SecondaryHealth>> = {
  advanced: 'HEALTHY',
  diverged: 'DIVERGED',
  foreign: 'DIVERGED',
  fenced: 'FENCED',
  deposed: 'DIVERGED',
};

const FAILURES: Readonly<Record<Trouble, Failure>> = {
  foreign: { code: 'OTHER_LOG', message: 'its log did not begin as this one: it belongs to another master' },
  diverged: { code: 'DIVERGED', message: 'its log has another history, which is committed there' },
  fenced: { code: 'FENCED', message: 'it has promised a later epoch, which nobody began' },
  deposed: { code: 'STALE_EPOCH', message: 'it knows a later epoch than this master' },
};
