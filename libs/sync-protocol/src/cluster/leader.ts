import {
  comparePositions,
  type Member,
  type OrderedLog,
  type Position,
  START,
  termOf,
} from '@hooklog/ordered-log';
import type { Member as Candidate } from '../member';
import { parseMember } from '../member';
import { SyncError } from '../sync-error';
import type { ClusterLogger } from './cluster-logger';
import { ConcernWaits } from './concern-waits';
import { failureOf } from './failure';
import type { ClusterLimits } from './limits';
import { registered, removed, sameVoters, withSelf, withVote } from './membership';
import type { Ports } from './ports';
import { Secondary } from './secondary';
import { Voters } from './voters';

export interface LeaderOptions {
  readonly log: OrderedLog;
  /** Where the others reach this node. */
  readonly url: string;
  readonly ports: Ports;
  readonly limits: ClusterLimits;
  readonly logger: ClusterLogger;
  /** Whether the pending entries of members are taken over live streams. */
  readonly collect: boolean;
  /** In front of every page that is appended. Rejects while this node must not write. */
  readonly admit?: () => Promise<void>;
  /** A member has a record of a later epoch: this node leads no longer. */
  readonly onDeposed: (epoch: number) => void;
  /** The log leads no longer, or in another epoch: also where a promise was stored whose write had failed. */
  readonly onOver: () => void;
}

/** One epoch of this node's leadership: a sender and a collector for each member, the commit, changes of the members. */
export class Leader {
  private readonly secondaries = new Map<string, Secondary>();
  private readonly waits: ConcernWaits;
  private readonly controller = new AbortController();
  private changes: Promise<unknown> = Promise.resolve();
  private watching: Promise<void> = Promise.resolve();
  /** a record of this node's own term is committed */
  private established = false;
  private changingVotes = false;
  /** place of the members record that there are flows for */
  private adaptedAt: Position = START;
  private begin: () => void = () => undefined;
  readonly voters: Voters;
  /** Resolves when a majority of the voters has the record that began this epoch, or when it is over. */
  readonly begun = new Promise<void>((resolve) => (this.begin = resolve));

  /** @param epochAt place of the epoch's record */
  private constructor(
    private readonly options: LeaderOptions,
    readonly epoch: number,
    private readonly epochAt: Position,
  ) {
    const { log, limits, ports } = options;
    this.voters = new Voters(log, limits.learnerLagMax, (node) => this.secondaries.get(node));
    this.waits = new ConcernWaits(() => this.voters.acknowledgements(), limits.concernWaitsMax, ports.after);
  }

  /** The log has just begun to lead. */
  static async start(options: LeaderOptions, epoch: number): Promise<Leader> {
    const { log, url } = options;
    const epochAt = await log.beginningOf(epoch);
    if (epochAt === undefined)
      throw new SyncError('NOT_LEADING', `epoch ${epoch} is no part of this log any longer`);
    const leader = new Leader(options, epoch, epochAt);
    try {
      const committedEpoch = await log.epochAt(log.committed);
      leader.established = committedEpoch !== undefined && termOf(committedEpoch) === termOf(leader.epoch);
      const { node, store } = log;
      const members = withSelf(log.members, { node, store, url });
      if (members !== log.members) await log.nameMembers(members, leader.epoch);
      await leader.adapt();
    } catch (error) {
      await leader.stop();
      throw error;
    }
    leader.watching = leader.watch();
    return leader;
  }

  /** Requests that wait for a write concern. */
  get waiting(): ConcernWaits {
    return this.waits;
  }

  /** All members but this node. */
  get others(): readonly Secondary[] {
    return [...this.secondaries.values()];
  }

  secondary(node: string): Secondary | undefined {
    return this.secondaries.get(node);
  }

  /** Whether a majority of the voters has the record that began this epoch. */
  get committedOwn(): boolean {
    return comparePositions(this.options.log.committed, this.epochAt) >= 0;
  }

  /** Whether a member has promised a later epoch, which nobody began. */
  get fenced(): boolean {
    return this.others.some((secondary) => secondary.status().health === 'FENCED');
  }

  /** The latest epoch that some member said it promised. */
  get promisedElsewhere(): number {
    return Math.max(0, ...this.others.map(({ promised }) => promised));
  }

  /**
   * Durable when it resolves. Again with the same fields: its flows try at once.
   * @throws SyncError `SELF_REGISTRATION`, `BAD_REGISTRATION`, `MEMBERS_CHANGING`
   */
  register(candidate: Candidate): Promise<void> {
    return this.inTurn(async () => {
      const { log, limits, logger } = this.options;
      const member = parseMember(candidate);
      const before = log.members.find(({ node }) => node === member.node);
      const next = registered(log.members, member, log, limits.slavesMax);
      if (next === log.members) return this.secondaries.get(member.node)?.wake();
      if (before && before.store !== member.store) this.warnOfOtherStore(before, member);
      await this.name(next);
      const { node: peer, store, url } = member;
      logger.info({ peer, store, url, before }, `${peer} is registered`);
    });
  }

  /** @throws SyncError `UNKNOWN_MEMBER`, `SELF_REGISTRATION`, `MEMBERS_CHANGING` */
  remove(node: string): Promise<void> {
    return this.inTurn(async () => {
      const { log, logger } = this.options;
      await this.name(removed(log.members, node, log.node));
      logger.info({ peer: node }, `${node} is no member any longer`);
    });
  }

  /** Resolves when nothing of it uses the log any longer. */
  async stop(): Promise<void> {
    this.controller.abort();
    this.waits.stop();
    this.begin();
    await this.changes;
    await this.watching;
    await Promise.all(this.others.map((secondary) => secondary.stop()));
  }

  /** Each batch of this log may commit something where this node is a majority by itself. */
  private async watch(): Promise<void> {
    const { log } = this.options;
    const { signal } = this.controller;
    for (let open = true; open && !signal.aborted;) {
      const changed = log.changed(signal).then(
        () => true,
        () => false, // the log was closed
      );
      if (!log.leading || log.tail.epoch !== this.epoch) this.options.onOver();
      this.advance();
      this.adaptIfChanged();
      open = await changed;
    }
  }

  /** Members whose record was stored although its write failed are in force all the same. */
  private adaptIfChanged(): void {
    const isThat = (): boolean => comparePositions(this.adaptedAt, this.options.log.membersAt) === 0;
    if (isThat()) return;
    this.inTurn(() => (isThat() ? undefined : this.adapt())).catch((error: unknown) => {
      if (this.controller.signal.aborted) return;
      this.options.logger.warn(
        failureOf(error),
        'the members could not be taken up: tried again with the next entry',
      );
    });
  }

  /** What the members have is known better now. */
  private advance(): void {
    const { log } = this.options;
    if (this.controller.signal.aborted || !log.leading || log.tail.epoch !== this.epoch) return;
    const majority = this.voters.majorityHas();
    if (comparePositions(majority, this.epochAt) >= 0) {
      log.commit(majority);
      this.established = true;
      this.begin();
    }
    this.waits.changed();
    this.considerVotes();
  }

  /** A learner that has caught up gets its vote, a voter that lost something loses it: one at a time. */
  private considerVotes(): void {
    if (this.changingVotes || !this.mayChangeVoters()) return;
    const next = this.voters.changeDue();
    if (next === undefined) return;
    this.changingVotes = true;
    const change = this.inTurn(async () => {
      const { log, logger } = this.options;
      const member = log.members.find((one) => one.store === next.store);
      if (member === undefined || !this.mayChangeVoters() || !this.voters.isChangeDue(member)) return;
      await this.name(withVote(log.members, member.store, !member.voting));
      this.secondaries.get(member.node)?.forgive();
      const about = member.voting ? 'is a learner: it does not count in quorums' : 'counts in quorums now';
      logger.info({ peer: member.node, store: member.store }, `${member.node} ${about}`);
    });
    change
      .catch((error: unknown) => {
        if (this.controller.signal.aborted) return;
        const { code, message } = failureOf(error);
        this.options.logger.warn({ peer: next.node, code, reason: message }, 'a vote could not be changed');
      })
      .finally(() => (this.changingVotes = false));
  }

  /** One change at a time, each behind a committed record of this node's own term. */
  private mayChangeVoters(): boolean {
    const { log } = this.options;
    return this.established && comparePositions(log.membersAt, log.committed) <= 0;
  }

  /**
   * A change that is not committed may be taken back: each majority of the voters before and behind it meets each of
   * its own. Otherwise a second voter that is lost before it has the record of its vote could never be removed.
   */
  private async takesBack(members: readonly Member[]): Promise<boolean> {
    return this.established && sameVoters(members, await this.options.log.committedMembers());
  }

  /** @throws SyncError `MEMBERS_CHANGING` */
  private async name(members: readonly Member[]): Promise<void> {
    const { log } = this.options;
    if (!sameVoters(members, log.members) && !this.mayChangeVoters() && !(await this.takesBack(members))) {
      const message =
        'the last change of the members, or this epoch, is not on a majority of them yet: try again when it is';
      throw new SyncError('MEMBERS_CHANGING', message);
    }
    await log.nameMembers(members, this.epoch);
    await this.adapt();
    this.advance();
  }

  /** Flows for the members that the log names, and for no others. */
  private async adapt(): Promise<void> {
    const { log } = this.options;
    this.adaptedAt = log.membersAt;
    const members = log.members.filter(({ store }) => store !== log.store);
    for (const [node, secondary] of this.secondaries) {
      if (members.some((member) => isSame(member, secondary.member))) continue;
      this.secondaries.delete(node);
      await secondary.stop();
    }
    for (const member of members) {
      if (this.secondaries.has(member.node) || this.controller.signal.aborted) continue;
      this.secondaries.set(member.node, await this.startSecondary(member));
    }
    this.waits.changed();
  }

  private startSecondary(member: Member): Promise<Secondary> {
    const { log, url, onDeposed, ...options } = this.options;
    const self = { node: log.node, url };
    const onAnswer = (): void => this.advance();
    return Secondary.start({ ...options, log, self, epoch: this.epoch, member, onAnswer, onDeposed });
  }

  private warnOfOtherStore(before: Member, member: Candidate): void {
    this.options.logger.warn(
      { peer: member.node, before, member },
      `${member.node} comes with another store: it has a new disk, or two slaves share this NODE_ID (then give each its own)`,
    );
  }

  /** One change of the members at a time. */
  private inTurn(change: () => Promise<void> | void): Promise<void> {
    const result = this.changes.then(() => {
      if (this.controller.signal.aborted)
        throw new SyncError('NOT_LEADING', 'this node is no master any longer: register at the one that is');
      return change();
    });
    this.changes = result.catch(() => undefined);
    return result;
  }
}

function isSame(
  a: { readonly store: string; readonly url: string; readonly node: string },
  b: typeof a,
): boolean {
  return a.node === b.node && a.store === b.store && a.url === b.url;
}
