import type { Member, OrderedLog } from '@hooklog/ordered-log';
import {
  type AppendAnswer,
  type AppendRequest,
  type ClusterLogger,
  ClusterNode,
  type Leader,
  type LeaderName,
  type Leaving,
  type Member as Candidate,
  type Promoted,
  type PromiseAnswer,
  type PromiseRequest,
  type RecordsAnswer,
  type RecordsRequest,
  type ReplicationState,
  requiredOf,
  type Role,
  type WriteConcern,
} from '@hooklog/sync-protocol';
import { masterSilenceMs, PEER_LIMITS, type PeerLimits } from './limits';
import { nodePorts } from './node-ports';
import type { PeerAccess } from './peer-access';
import { RoleChanges } from './role-changes';
import type { Quorum, SecondaryStatus, SyncReport } from './status';
import { type SyncSchedule, Syncs } from './syncs';

export interface ReplicationOptions {
  readonly log: OrderedLog;
  /** Where the other nodes reach this one. */
  readonly url: string;
  /** What a node with an empty store is. Any other knows from its log. */
  readonly first: Role;
  readonly access: PeerAccess;
  readonly now: () => number;
  readonly random: () => number;
  readonly logger: ClusterLogger;
  readonly collect: boolean;
  readonly sync: SyncSchedule;
  readonly limits?: Partial<PeerLimits>;
  /** In front of every page that is appended. Rejects while this node must not write: the page is asked for again later. */
  readonly admit?: () => Promise<void>;
}

/** Where an entry stands when the wait for its write concern is over. */
export interface Replicated extends ReplicationState {
  /** This node leads no longer, or anew: its sequence for the entry may be another one in the end. */
  readonly deposed: boolean;
}

/** One node among others over HTTP, master or slave: the protocol's node, and beside it the master's comparisons. */
export class Replication {
  private readonly roles = new RoleChanges();
  private readonly syncs: Syncs;
  private readonly masterSilenceMs: number;
  private heard: { readonly at: number; readonly elapsed: number } | undefined;
  private stopped = false;

  private constructor(
    private readonly options: ReplicationOptions,
    private readonly cluster: ClusterNode,
  ) {
    const leader = (): Leader | undefined => (this.stopped ? undefined : cluster.leader);
    const limits = limitsOf(options);
    this.syncs = new Syncs({ ...options, limits, leader });
    this.masterSilenceMs = masterSilenceMs(limits);
  }

  /** Leads when its log says so, or when it is the first master of an empty one; else it follows whoever sends to it. */
  static async start(options: ReplicationOptions): Promise<Replication> {
    const limits = limitsOf(options);
    let onRole: (role: Role) => void = () => undefined;
    const ports = nodePorts({ ...options, self: options.log.node, limits });
    const cluster = await ClusterNode.start({ ...options, limits, ports, onRole: (role) => onRole(role) });
    const replication = new Replication(options, cluster);
    onRole = () => replication.onRole();
    await replication.syncs.adapt();
    return replication;
  }

  get node(): string {
    return this.options.log.node;
  }

  get epoch(): number {
    return this.options.log.tail.epoch;
  }

  get role(): Role {
    return this.cluster.role;
  }

  /** The master as far as it is known here, this node itself included. */
  get master(): LeaderName | undefined {
    return this.cluster.master;
  }

  get members(): readonly Member[] {
    return this.cluster.members;
  }

  /** This store lost something, or cannot read it: it does not vote or count until it has it again. */
  get incomplete(): boolean {
    return this.options.log.incompleteUpTo !== undefined || this.cluster.damaged;
  }

  /** ms since the epoch: when the master last sent something; null: never since the start */
  get lastContactAt(): number | null {
    return this.heard?.at ?? null;
  }

  /** ms since the master last sent something, on the clock that never jumps; Infinity: never since the start */
  get silentMs(): number {
    return this.heard === undefined ? Infinity : performance.now() - this.heard.elapsed;
  }

  /** Whether this node is a slave of a master that is away, or of none. */
  get isMasterAway(): boolean {
    return this.role === 'slave' && this.silentMs > this.masterSilenceMs;
  }

  /** Resolves when the role is another one, or the signal aborts. */
  roleChanged(signal: AbortSignal): Promise<void> {
    return this.roles.next(signal);
  }

  /** @throws SyncError `STORE_CHANGED`, LogError */
  async answerAppend(request: AppendRequest): Promise<AppendAnswer> {
    const answer = await this.cluster.answerAppend(request);
    // a master that this node listens to no longer, or never did, is no news of the master
    if (answer.outcome !== 'stale' && answer.outcome !== 'foreign')
      this.heard = { at: this.options.now(), elapsed: performance.now() };
    return answer;
  }

  /** @throws SyncError `STORE_CHANGED`, LogError */
  answerPromise(request: PromiseRequest): Promise<PromiseAnswer> {
    return this.cluster.answerPromise(request);
  }

  /** @throws SyncError `STORE_CHANGED`, LogError */
  answerRecords(request: RecordsRequest): Promise<RecordsAnswer> {
    return this.cluster.answerRecords(request);
  }

  /**
   * Durable when it resolves. Again with the same fields: its flows try at once. With another store or URL: they
   * start anew, for a store from its own checkpoints.
   * @throws SyncError `SELF_REGISTRATION`, `BAD_REGISTRATION`, `MEMBERS_CHANGING`, `NOT_LEADING`
   */
  async register(candidate: Candidate): Promise<void> {
    await this.cluster.register(candidate);
    await this.syncs.adapt();
  }

  /** Forgets a member; it may register again. @throws SyncError `UNKNOWN_MEMBER`, `MEMBERS_CHANGING`, `NOT_LEADING` */
  async remove(node: string): Promise<void> {
    await this.cluster.remove(node);
    await this.syncs.adapt();
  }

  /** @throws SyncError `NO_VOTE`, `NO_QUORUM`, `PROMOTION_RUNNING`; LogError `STALE_EPOCH` */
  promote(): Promise<Promoted> {
    return this.cluster.promote();
  }

  /** @throws SyncError `NOT_LEADING` */
  demote(): Promise<void> {
    return this.cluster.demote();
  }

  /** Empty on a slave. */
  secondaries(): SecondaryStatus[] {
    return this.cluster.others.map((secondary) => {
      const { node: id, url, store } = secondary.member;
      const { failure, ...status } = secondary.status();
      const voting = this.members.some((member) => member.store === store && member.voting);
      const sync = this.syncs.of(id);
      const lastError = failure?.code ?? sync?.failure ?? null;
      return { id, url, store, voting, ...status, lastSync: sync?.last ?? null, lastError };
    });
  }

  /** Undefined on a slave, which does not know. */
  get quorum(): Quorum | undefined {
    const leader = this.cluster.leader;
    if (leader === undefined) return undefined;
    const { count, healthy } = leader.voters;
    return { voters: count, healthy, majority: healthy >= requiredOf('majority', count) };
  }

  /**
   * Whether enough voters are HEALTHY now, this node included: else nothing should be stored for this concern.
   * @throws SyncError `CONCERN_TOO_LARGE`, `NOT_LEADING`
   */
  reachable(concern: WriteConcern): boolean {
    return this.cluster.reachable(concern);
  }

  /** Requests that wait for a write concern. */
  get waiting(): number {
    return this.cluster.leader?.waiting.count ?? 0;
  }

  /** True while no further request may wait for a write concern. */
  get crowded(): boolean {
    return this.cluster.leader?.waiting.full ?? false;
  }

  /**
   * Resolves when enough voters have the log up to this sequence; without having it: after the time, when the
   * client leaves, at stop, when this node leads no longer, or at once while `crowded`. The entry stays in any case.
   * @throws SyncError `NOT_LEADING`
   */
  async replicated(
    sequence: number,
    concern: WriteConcern,
    timeoutMs: number,
    client?: Leaving,
  ): Promise<Replicated> {
    const { leader } = this.cluster;
    const state = await this.cluster.replicated(sequence, concern, timeoutMs, client);
    const { acknowledged, required, met } = state;
    return { acknowledged, required, met, deposed: this.cluster.leader !== leader };
  }

  /** Names of the nodes that have the log up to this sequence as far as this one knows, itself first. */
  holders(sequence: number): string[] {
    const own = this.options.log.tail.position.sequence >= sequence ? [this.node] : [];
    const holding = this.cluster.others.filter(({ held }) => held >= sequence);
    return [...own, ...holding.map(({ member }) => member.node)];
  }

  /**
   * Compares with every member now; a run of each that begins after this call. One report per member, also of failures.
   * @throws SyncError `NOT_LEADING`
   */
  triggerSync({ settleMs }: { readonly settleMs?: number } = {}): Promise<SyncReport[]> {
    return this.syncs.run(settleMs ?? this.options.sync.settleMs);
  }

  /** Resolves when nothing uses the log any longer. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.cluster.stop();
    await this.syncs.adapt();
  }

  private onRole(): void {
    this.roles.happened();
    void this.syncs.adapt();
  }
}

function limitsOf({ limits }: ReplicationOptions): PeerLimits {
  return { ...PEER_LIMITS, ...limits };
}
