import { comparePositions, type Member, nextTerm, type OrderedLog } from '@hooklog/ordered-log';
import type { PromiseAnswer } from '../promise-codec';
import { SyncError } from '../sync-error';
import { requiredOf } from '../write-concern';
import { adopt } from './adoption';
import type { ClusterLogger } from './cluster-logger';
import { failureOf } from './failure';
import type { ClusterLimits } from './limits';
import type { PeerLink, Ports } from './ports';
import { Waiting } from './waiting';

export interface PromotionOptions {
  readonly log: OrderedLog;
  readonly ports: Ports;
  readonly limits: ClusterLimits;
  readonly logger: ClusterLogger;
  readonly stop: AbortSignal;
  /** promised by somebody, as far as this node knows: what begins has to be above it */
  readonly above: number;
}

/** A voter that answered. */
interface Answered {
  readonly member: Member;
  readonly answer: PromiseAnswer;
}

/**
 * A candidate on its way to a term of its own. First it only asks whether a majority of the voters is there. Then it
 * collects their durable promises, and takes over the best log among them: that has everything that any earlier
 * writer's majority has. The members that this log then names must be a majority of promises, too.
 */
export class Promotion {
  private readonly links = new Map<string, PeerLink>();
  private readonly granted = new Map<string, Answered>();

  constructor(private readonly options: PromotionOptions) {}

  /**
   * Resolves with the epoch that this node may begin now. Until it begins it, a later promise may take it away.
   * @throws SyncError `NO_VOTE`, `NO_QUORUM`; LogError `STALE_EPOCH`, `INCOMPLETE`
   */
  async run(): Promise<number> {
    const seen = await this.survey();
    const epoch = this.nextEpoch(seen);
    await this.options.log.promise(epoch, this.options.log.store);
    await this.collect(epoch);
    return epoch;
  }

  /** Whether a majority of the voters, this node included, has heard of no epoch above this one: nobody began one. */
  async isUnopposed(epoch: number): Promise<boolean> {
    const { answered } = await this.ask(this.otherVoters(), 0, true, new Set());
    const content = answered.filter(
      ({ answer }) => answer.granted && Math.max(answer.promised, answer.epoch) <= epoch,
    );
    return (
      content.length === answered.length && this.hasQuorum(new Set(content.map(({ member }) => member.store)))
    );
  }

  close(): void {
    for (const link of this.links.values()) link.close();
  }

  /** Asks without changing anything: a fence that no majority would complete helps nobody. */
  private async survey(): Promise<readonly Answered[]> {
    const { log } = this.options;
    this.refuseWithoutVote();
    const { answered, failed } = await this.ask(this.otherVoters(), 0, true, new Set());
    const able = answered.filter(({ answer }) => answer.granted);
    this.refuseWithoutQuorum(new Set(able.map(({ member }) => member.store)), failed, 'nothing was changed');
    this.options.logger.info({ node: log.node, answered: able.length }, 'promotion: a majority is there');
    return answered;
  }

  private nextEpoch(seen: readonly Answered[]): number {
    const { log, above } = this.options;
    const known = seen.flatMap(({ answer }) => [answer.promised, answer.epoch]);
    const epoch = nextTerm(Math.max(log.promised.epoch, log.tail.epoch, above, ...known));
    if (epoch !== undefined) return epoch;
    throw new SyncError('NO_QUORUM', 'there is no term left: this log had 65535 promotions');
  }

  /** Rounds of promises until a majority of the members that the best log names has promised. */
  private async collect(epoch: number): Promise<void> {
    for (;;) {
      const open = this.otherVoters().filter(({ store }) => !this.granted.has(store));
      const { answered, failed } = await this.ask(open, epoch, false, new Set(this.granted.keys()));
      for (const one of answered) if (one.answer.granted) this.granted.set(one.member.store, one);
      const refused = answered.filter(({ answer }) => !answer.granted);
      const reasons = [...failed, ...refused.map(({ member, answer }) => refusedBy(member, answer))];
      this.refuseWithoutQuorum(new Set(this.granted.keys()), reasons, RETRY);
      await this.adoptBest(epoch);
      this.refuseWithoutVote(); // the log that was taken over may name other members
      if (this.hasQuorum(new Set(this.granted.keys()))) return;
    }
  }

  private async adoptBest(epoch: number): Promise<void> {
    const { log, limits, logger, stop } = this.options;
    let best: Answered | undefined;
    for (const one of this.granted.values()) if (isBetter(one.answer, best?.answer ?? ownOf(log))) best = one;
    if (best === undefined) return;
    const { member, answer } = best;
    logger.info(
      { peer: member.node, sequence: answer.position.sequence, epoch: answer.epoch },
      `promotion: taking over the log of ${member.node}`,
    );
    await adopt(log, { link: this.linkTo(member), store: member.store, answer }, epoch, limits, stop);
  }

  /** Asks all at once, and waits for no more of them than make a majority with those that have granted before. */
  private async ask(
    voters: readonly Member[],
    epoch: number,
    dry: boolean,
    before: ReadonlySet<string>,
  ): Promise<{ readonly answered: Answered[]; readonly failed: string[] }> {
    const answered: Answered[] = [];
    const failed: string[] = [];
    const granted = new Set(before);
    const enough = new Waiting(this.options.stop, this.options.ports.after);
    const asking = voters.map(async (member) => {
      try {
        const answer = await this.askOne(member, epoch, dry, enough.signal);
        if (enough.signal.aborted) return;
        answered.push({ member, answer });
        if (answer.granted) granted.add(member.store);
        if (this.hasQuorum(granted)) enough.release();
      } catch (error) {
        failed.push(`${member.node}: ${failureOf(error).code}`);
      }
    });
    await Promise.race([Promise.all(asking), enough.over()]);
    enough.release();
    this.options.stop.throwIfAborted();
    return { answered, failed };
  }

  private async askOne(
    member: Member,
    epoch: number,
    dry: boolean,
    over: AbortSignal,
  ): Promise<PromiseAnswer> {
    const { log, ports, limits } = this.options;
    const waiting = new Waiting(over, ports.after).expireIn(limits.promiseMs);
    try {
      const request = { store: member.store, epoch, candidate: log.store, dry };
      return await this.linkTo(member).promise(request, waiting.signal);
    } catch (error) {
      if (!waiting.expired) throw error;
      throw new SyncError('PEER_UNREACHABLE', `${member.url}: no answer within ${limits.promiseMs} ms`);
    } finally {
      waiting.release();
    }
  }

  private linkTo(member: Member): PeerLink {
    const known = this.links.get(member.url);
    if (known) return known;
    const link = this.options.ports.connect(member);
    this.links.set(member.url, link);
    return link;
  }

  private otherVoters(): Member[] {
    const { log } = this.options;
    return log.members.filter(({ voting, store }) => voting && store !== log.store);
  }

  private refuseWithoutVote(): void {
    const { log } = this.options;
    const own = log.members.find(({ store }) => store === log.store);
    if (own?.voting && log.incompleteUpTo === undefined) return;
    const reason = own === undefined ? 'its log names it as no member' : 'it is a learner';
    throw new SyncError('NO_VOTE', `${log.node} cannot lead: ${reason}, so it may lack what was answered`);
  }

  private hasQuorum(stores: ReadonlySet<string>): boolean {
    const { members, store } = this.options.log;
    const voters = members.filter(({ voting }) => voting);
    const having = voters.filter((member) => member.store === store || stores.has(member.store));
    return having.length >= requiredOf('majority', voters.length);
  }

  private refuseWithoutQuorum(stores: ReadonlySet<string>, reasons: readonly string[], then: string): void {
    if (this.hasQuorum(stores)) return;
    const voters = this.options.log.members.filter(({ voting }) => voting).length;
    const needed = requiredOf('majority', voters);
    throw new SyncError(
      'NO_QUORUM',
      `a promotion needs ${needed} of ${voters} members, this one included (${reasons.join('; ')}): ${then}`,
    );
  }
}

const RETRY = 'some have promised and listen to no earlier master; try again, there or here';

function ownOf({ tail }: OrderedLog): Pick<PromiseAnswer, 'epoch' | 'position'> {
  return tail;
}

/** The log of the later writer, or the longer one of the same writer, has everything that a majority has. */
function isBetter(
  a: Pick<PromiseAnswer, 'epoch' | 'position'>,
  b: Pick<PromiseAnswer, 'epoch' | 'position'>,
): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && comparePositions(a.position, b.position) > 0);
}

function refusedBy({ node }: Member, { incomplete, promised }: PromiseAnswer): string {
  return incomplete ? `${node} is a learner` : `${node} has promised epoch ${promised}`;
}
