import {
  comparePositions,
  type Member,
  nextTerm,
  NOBODY,
  type OrderedLog,
  type Position,
  START,
} from '@hooklog/ordered-log';
import type { AppendAnswer, AppendRequest, Leader as LeaderName } from '../append-codec';
import type { Member as Candidate } from '../member';
import type { PromiseAnswer, PromiseRequest } from '../promise-codec';
import type { RecordsAnswer, RecordsRequest } from '../records-codec';
import { SyncError } from '../sync-error';
import { refuseTooLarge, type ReplicationState, requiredOf, type WriteConcern } from '../write-concern';
import type { ClusterLogger } from './cluster-logger';
import { answerAppend, answerRecords } from './follower';
import { Leader } from './leader';
import type { ClusterLimits } from './limits';
import type { Ports } from './ports';
import { Promotion } from './promotion';
import { repairSources } from './repair-sources';
import { scrubLoop } from './scrub-loop';
import type { Secondary } from './secondary';
import { beginTerm, ownsTerm } from './term';
import { answerPromise } from './voter';
import { type Leaving, Waiting } from './waiting';

export type Role = 'master' | 'slave';

export interface ClusterNodeOptions {
  readonly log: OrderedLog;
  /** Where the other nodes reach this one. */
  readonly url: string;
  /** What a node with an empty store is. Any other knows from its log. */
  readonly first: Role;
  readonly ports: Ports;
  readonly limits: ClusterLimits;
  readonly logger: ClusterLogger;
  /** Whether a master takes the pending entries of its members over live streams. */
  readonly collect: boolean;
  /** In front of every page that is appended. Rejects while this node must not write. */
  readonly admit?: () => Promise<void>;
  /** The role is another one now. */
  readonly onRole?: (role: Role) => void;
}

export interface Promoted {
  readonly epoch: number;
  /** a majority of the members has the record that began the epoch */
  readonly committed: boolean;
}

/** A node among others: it leads or follows, answers its peers, and changes its role when an operator says so. */
export class ClusterNode {
  private readonly controller = new AbortController();
  private leading: Leader | undefined;
  private followed: LeaderName | undefined;
  /** the promotion that runs; never rejects */
  private promotion: Promise<unknown> | undefined;
  private ended: Promise<void> = Promise.resolve();
  private scrubbing: Promise<void> = Promise.resolve();
  private damage = false;

  private constructor(private readonly options: ClusterNodeOptions) {}

  /** A node that led when it stopped leads again, in a new epoch, unless it has promised a later one since. */
  static async start(options: ClusterNodeOptions): Promise<ClusterNode> {
    const node = new ClusterNode(options);
    const { log, first, logger } = options;
    const isEmpty = comparePositions(log.tail.position, START) === 0;
    if (isEmpty ? first === 'master' && log.promised.epoch === 0 : ownsTerm(log)) await node.lead();
    else if (first === 'master') {
      logger.warn(
        { writer: log.writer, promised: log.promised.epoch },
        'this store is not the one of the master: it follows; POST /promote makes it the master',
      );
    }
    node.scrubbing = node.scrub();
    return node;
  }

  /** Some record here is damaged and no peer could repair it so far: this node does not vote and does not count. */
  get damaged(): boolean {
    return this.damage;
  }

  get role(): Role {
    return this.leading === undefined ? 'slave' : 'master';
  }

  /** What the master's side knows; undefined on a slave. */
  get leader(): Leader | undefined {
    return this.leading;
  }

  /** The master as far as it is known here, this node itself included. */
  get master(): LeaderName | undefined {
    const { log, url } = this.options;
    if (this.leading) return { node: log.node, url };
    if (this.followed) return this.followed;
    const writer = log.members.find(({ store }) => store === log.writer?.store);
    return writer?.store === log.store ? undefined : writer;
  }

  get members(): readonly Member[] {
    return this.options.log.members;
  }

  get others(): readonly Secondary[] {
    return this.leading?.others ?? [];
  }

  /** @throws SyncError `STORE_CHANGED`, LogError */
  async answerAppend(request: AppendRequest): Promise<AppendAnswer> {
    const answer = await answerAppend(this.options.log, request);
    if (answer.outcome === 'accepted') this.followed = request.leader;
    this.settleRole();
    return this.damage ? { ...answer, incompleteUpTo: NEVER } : answer;
  }

  /** @throws SyncError `STORE_CHANGED`, LogError */
  async answerPromise(request: PromiseRequest): Promise<PromiseAnswer> {
    const asked = this.damage ? { ...request, dry: true } : request;
    const answer = await answerPromise(this.options.log, asked);
    this.settleRole();
    return this.damage ? { ...answer, granted: false, incomplete: true } : answer;
  }

  /** @throws SyncError `STORE_CHANGED`, LogError */
  answerRecords(request: RecordsRequest): Promise<RecordsAnswer> {
    return answerRecords(this.options.log, request, this.options.limits.batchBytesMax);
  }

  /** @throws SyncError `NOT_LEADING`, and as the leader's `register` */
  async register(candidate: Candidate): Promise<void> {
    return this.mustLead().register(candidate);
  }

  /** @throws SyncError `NOT_LEADING`, and as the leader's `remove` */
  async remove(node: string): Promise<void> {
    return this.mustLead().remove(node);
  }

  /**
   * Whether enough voters are HEALTHY now, this node included: else nothing should be stored for this concern.
   * @throws SyncError `CONCERN_TOO_LARGE`, `NOT_LEADING`
   */
  reachable(concern: WriteConcern): boolean {
    const { voters } = this.mustLead();
    refuseTooLarge(concern, voters.count);
    return voters.healthy >= requiredOf(concern, voters.count);
  }

  /**
   * Resolves when enough voters have the log up to this sequence; without having it: after the time, when the client
   * leaves, at stop, or when this node leads no longer. The entry and its replication stay as they are.
   * @throws SyncError `NOT_LEADING`
   */
  async replicated(
    sequence: number,
    concern: WriteConcern,
    timeoutMs: number,
    client?: Leaving,
  ): Promise<ReplicationState> {
    return this.mustLead().waiting.until(sequence, concern, timeoutMs, client);
  }

  /**
   * Makes this node the master: resolves when it leads, and a majority has its epoch or the time for that is over.
   * On the master it begins a new term where no majority follows it, or where a member listens to it no longer because
   * a promotion failed.
   * @throws SyncError `NO_VOTE`, `NO_QUORUM`, `PROMOTION_RUNNING`; LogError `STALE_EPOCH`
   */
  async promote(): Promise<Promoted> {
    if (this.promotion) throw new SyncError('PROMOTION_RUNNING', 'this node is being promoted already');
    const promoted = this.takeOver();
    this.promotion = promoted.catch(() => undefined);
    try {
      return await promoted;
    } finally {
      this.promotion = undefined;
      this.settleRole();
    }
  }

  /**
   * Stops leading, also after a restart, until some node is promoted. Webhooks are taken as pending meanwhile.
   * @throws SyncError `NOT_LEADING`
   */
  async demote(): Promise<void> {
    const { log } = this.options;
    this.mustLead();
    const epoch = nextTerm(log.promised.epoch);
    if (epoch === undefined) throw new SyncError('NO_QUORUM', 'there is no term left');
    await log.promise(epoch, NOBODY);
    this.settleRole();
    await this.ended;
  }

  /** Resolves when nothing of it uses the log any longer. */
  async stop(): Promise<void> {
    this.controller.abort();
    await this.promotion;
    const { leading } = this;
    this.leading = undefined;
    await leading?.stop();
    await Promise.all([this.ended, this.scrubbing]);
  }

  private async takeOver(): Promise<Promoted> {
    const { log, ports, limits, logger } = this.options;
    const stop = this.controller.signal;
    const { leading } = this;
    const above = leading?.promisedElsewhere ?? 0;
    const promotion = new Promotion({ log, ports, limits, logger, stop, above });
    try {
      if (leading?.fenced === false && (await promotion.isUnopposed(leading.epoch)))
        return { epoch: leading.epoch, committed: leading.committedOwn };
      const promised = await promotion.run();
      this.settleRole();
      const epoch = await this.lead(promised);
      return { epoch, committed: await this.committed() };
    } finally {
      promotion.close();
    }
  }

  /** @returns the epoch that began */
  private async lead(promised?: number): Promise<number> {
    const { log, logger, onRole } = this.options;
    await this.ended;
    const options = { ...this.options, stop: this.controller.signal };
    const leader = await beginTerm(options, promised, (epoch) => this.startLeader(epoch));
    this.leading = leader;
    this.followed = undefined;
    const { sequence } = log.tail.position;
    logger.info({ epoch: leader.epoch, sequence, members: log.members.length }, 'leading');
    onRole?.('master');
    this.settleRole();
    return leader.epoch;
  }

  private startLeader(epoch: number): Promise<Leader> {
    const onDeposed = (later: number): void => this.onDeposed(epoch, later);
    return Leader.start({ ...this.options, onDeposed, onOver: () => this.settleRole() }, epoch);
  }

  /** Resolves with whether a majority has the record that began this epoch, at the latest when the time is over. */
  private async committed(): Promise<boolean> {
    const { ports, limits } = this.options;
    const waiting = new Waiting(this.controller.signal, ports.after).expireIn(limits.promotionMs);
    try {
      const leader = this.leading;
      await Promise.race([leader?.begun, waiting.over()]);
      return leader !== undefined && leader === this.leading && leader.committedOwn;
    } finally {
      waiting.release();
    }
  }

  /** A member told of a later epoch: nothing more is written in this one, also after a restart. */
  private onDeposed(epoch: number, later: number): void {
    const { log, logger } = this.options;
    if (this.leading?.epoch !== epoch) return;
    log.promise(later, NOBODY).then(
      () => this.settleRole(),
      (error: unknown) => logger.error({ err: error, epoch: later }, 'a later epoch could not be noted'),
    );
  }

  /** What the log says decides: a leader whose log leads no longer, or leads another epoch, is over. */
  private settleRole(): void {
    const { log, logger, onRole } = this.options;
    const { leading } = this;
    if (leading === undefined || (log.leading && log.tail.epoch === leading.epoch)) return;
    this.leading = undefined;
    logger.warn(
      { epoch: leading.epoch, promised: log.promised.epoch },
      'leading no longer: a later epoch was promised; webhooks are taken as pending until a master collects them',
    );
    this.ended = Promise.all([this.ended, leading.stop()]).then(() => undefined);
    onRole?.('slave');
  }

  private scrub(): Promise<void> {
    const { log, ports, logger, limits } = this.options;
    return scrubLoop({
      log,
      ports,
      logger,
      stop: this.controller.signal,
      pauseMs: limits.scrubPauseMs,
      sources: (at) => repairSources(log, this.leading, at),
      onDamage: (damaged) => (this.damage = damaged),
    });
  }

  private mustLead(): Leader {
    if (this.leading) return this.leading;
    const at = this.master === undefined ? 'no master is known here' : `the master is ${this.master.url}`;
    throw new SyncError('NOT_LEADING', `this node is a slave: ${at}`);
  }
}

/** Behind every log: no vote before the damage is repaired. */
const NEVER: Position = { sequence: Number.MAX_SAFE_INTEGER, n: 0 };
