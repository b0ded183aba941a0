import type { OrderedLog } from '@hooklog/ordered-log';
import {
  type Member,
  parseMember,
  refuseTooLarge,
  type ReplicationState,
  requiredOf,
  SyncError,
  type WriteConcern,
} from '@hooklog/sync-protocol';
import { ConcernWaits } from './concern-waits';
import { failureOf } from './failure';
import { PEER_LIMITS, type PeerLimits } from './limits';
import type { PeerLogger } from './peer-logger';
import { Secondary } from './secondary';
import type { SecondaryStatus, SyncReport } from './status';

export interface SyncSchedule {
  /** false: only `triggerSync` compares */
  readonly enabled: boolean;
  readonly intervalMs: number;
  /** a run reaches at least this far back */
  readonly fromMs: number;
  /** younger entries are left to the next run */
  readonly settleMs: number;
}

export interface ReplicationOptions {
  readonly log: OrderedLog;
  readonly token: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly logger: PeerLogger;
  readonly collect: boolean;
  readonly sync: SyncSchedule;
  readonly limits?: Partial<PeerLimits>;
  /** In front of every page that is appended. Rejects while this node must not write: the page is asked for again later. */
  readonly admit?: () => Promise<void>;
}

const MEMBER = 'member/';

/** The master's side: for each member one sender, one collector, one id-list diff. Members outlive the process. */
export class Replication {
  private readonly members = new Map<string, Secondary>();
  private readonly waits: ConcernWaits;
  private changes: Promise<void> = Promise.resolve();
  private stopped = false;

  private constructor(private readonly options: ReplicationOptions) {
    const held = (): number[] => this.secondariesNow().map((secondary) => secondary.held);
    this.waits = new ConcernWaits(held, this.limits.concernWaitsMax);
  }

  /** Loads the members and begins. The log has to lead. */
  static async start(options: ReplicationOptions): Promise<Replication> {
    const replication = new Replication(options);
    for (const name of await options.log.metaNames(MEMBER)) await replication.load(name);
    return replication;
  }

  get node(): string {
    return this.options.log.node;
  }

  get epoch(): number {
    return this.options.log.tail.epoch;
  }

  /**
   * Durable when it resolves. Again with the same fields: its flows try at once. With another store or URL: they
   * start anew, for a store from its own checkpoints.
   * @throws SyncError `SELF_REGISTRATION`, `BAD_REGISTRATION`
   */
  register(candidate: Member): Promise<void> {
    return this.inTurn(async () => {
      const member = parseMember(candidate);
      this.check(member);
      const known = this.members.get(member.node);
      if (known && isSame(known.member, member)) return known.wake();
      if (known && known.member.store !== member.store) this.warnOfOtherStore(known.member, member);
      await this.options.log.writeMeta(MEMBER + member.node, Buffer.from(JSON.stringify(member)));
      await known?.stop();
      await this.begin(member);
      const { node: peer, store, url } = member;
      this.options.logger.info({ peer, store, url, before: known?.member }, `${peer} is registered`);
    });
  }

  /** Forgets a member; it may register again. @throws SyncError `UNKNOWN_MEMBER` */
  remove(node: string): Promise<void> {
    return this.inTurn(async () => {
      const secondary = this.members.get(node);
      if (!secondary)
        throw new SyncError('UNKNOWN_MEMBER', `no member is called ${JSON.stringify(node.slice(0, 128))}`);
      await this.options.log.deleteMeta(MEMBER + node);
      this.members.delete(node);
      this.waits.changed();
      await secondary.stop();
      this.options.logger.info({ peer: node }, `${node} is no member any longer`);
    });
  }

  secondaries(): SecondaryStatus[] {
    return this.secondariesNow().map((secondary) => secondary.status());
  }

  /**
   * Whether enough members are HEALTHY now, the master included: else nothing should be stored for this concern.
   * @throws SyncError `CONCERN_TOO_LARGE`
   */
  reachable(concern: WriteConcern): boolean {
    const members = this.members.size + 1;
    refuseTooLarge(concern, members);
    const healthy = this.secondariesNow().filter((secondary) => secondary.healthy);
    return 1 + healthy.length >= requiredOf(concern, members);
  }

  /** Requests that wait for a write concern. */
  get waiting(): number {
    return this.waits.count;
  }

  /** True while no further request may wait for a write concern. */
  get crowded(): boolean {
    return this.waits.full;
  }

  /**
   * Resolves when enough members have the log up to this sequence; without having it: after the time, when the
   * signal aborts, at stop, or at once while `crowded`. The entry and its replication stay as they are.
   */
  replicated(
    sequence: number,
    concern: WriteConcern,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ReplicationState> {
    return this.waits.until(sequence, concern, timeoutMs, signal);
  }

  /** Names of the nodes that have the log up to this sequence, this one first. */
  holders(sequence: number): string[] {
    const holding = this.secondariesNow().filter((secondary) => secondary.held >= sequence);
    return [this.node, ...holding.map(({ member }) => member.node)];
  }

  /** Compares with every member now; a run of each that begins after this call. One report per member, also of failures. */
  triggerSync({ settleMs = this.options.sync.settleMs }: { readonly settleMs?: number } = {}): Promise<
    SyncReport[]
  > {
    return Promise.all(this.secondariesNow().map((secondary) => secondary.sync(settleMs)));
  }

  /** Resolves when nothing uses the log any longer. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.waits.stop();
    await this.changes;
    await Promise.all(this.secondariesNow().map((secondary) => secondary.stop()));
  }

  private check({ node, store, url }: Member): void {
    const { log } = this.options;
    if (node === log.node || store === log.store) {
      throw new SyncError(
        'SELF_REGISTRATION',
        `${node} (store ${store}) at ${url} is this master itself: give the slave its own NODE_ID, DATA_DIR and SELF_URL`,
      );
    }
    for (const { member } of this.members.values()) {
      if (member.store === store && member.node !== node) {
        throw new SyncError(
          'BAD_REGISTRATION',
          `store ${store} is already registered as ${member.node}: a copied disk, or a new name (then remove ${member.node} first)`,
        );
      }
    }
    const { membersMax } = this.limits;
    if (!this.members.has(node) && this.members.size >= membersMax) {
      throw new SyncError('BAD_REGISTRATION', `there are ${membersMax} members already`);
    }
  }

  private warnOfOtherStore(before: Member, member: Member): void {
    this.options.logger.warn(
      { peer: member.node, before, member },
      `${member.node} comes with another store: it has a new disk, or two slaves share this NODE_ID (then give each its own)`,
    );
  }

  private async load(name: string): Promise<void> {
    const value = await this.options.log.readMeta(name);
    try {
      await this.begin(parseMember(JSON.parse(String(value))));
    } catch (error) {
      this.options.logger.error(
        { name, reason: failureOf(error).message },
        'a stored member cannot be read: it is left out until it registers again',
      );
    }
  }

  private async begin(member: Member): Promise<void> {
    const { sync, ...options } = this.options;
    const syncBounds = { fromMs: sync.fromMs, settleMs: sync.settleMs };
    const syncIntervalMs = sync.enabled ? sync.intervalMs : undefined;
    const secondary = await Secondary.start({
      ...options,
      limits: this.limits,
      member,
      syncBounds,
      syncIntervalMs,
      onAcknowledged: () => this.waits.changed(),
    });
    this.members.set(member.node, secondary);
  }

  private secondariesNow(): Secondary[] {
    return [...this.members.values()];
  }

  private get limits(): PeerLimits {
    return { ...PEER_LIMITS, ...this.options.limits };
  }

  /** One change of the members at a time. */
  private inTurn(change: () => Promise<void>): Promise<void> {
    const result = this.changes.then(() => {
      if (this.stopped)
        throw new SyncError('PEER_REFUSED', 'this master is stopping: register again when it is back');
      return change();
    });
    this.changes = result.catch(() => undefined);
    return result;
  }
}

function isSame(a: Member, b: Member): boolean {
  return a.store === b.store && a.url === b.url;
}
