import { comparePositions, type Member, type OrderedLog, type Position, START } from '@hooklog/ordered-log';
import { Acknowledgements, requiredOf } from '../write-concern';
import type { Secondary } from './secondary';

/** The members that count in quorums, this node included, and what is known of them. */
export class Voters {
  /**
   * @param learnerLagMax entries that a learner may lack and still get its vote
   * @param secondaryOf what the leader knows about a member, if it has taken it up
   */
  constructor(
    private readonly log: OrderedLog,
    private readonly learnerLagMax: number,
    private readonly secondaryOf: (node: string) => Secondary | undefined,
  ) {}

  get count(): number {
    return this.log.members.filter(({ voting }) => voting).length;
  }

  /** How many are HEALTHY now. */
  get healthy(): number {
    return 1 + this.others().filter((secondary) => secondary?.healthy).length;
  }

  acknowledgements(): Acknowledgements {
    const held = this.others().map((secondary) => secondary?.held ?? 0);
    return new Acknowledgements(held, this.log.committed.sequence);
  }

  /** The last place that a majority of them has. */
  majorityHas(): Position {
    const held = [this.log.tail.position];
    for (const secondary of this.others()) if (secondary?.acknowledged) held.push(secondary.acknowledged);
    held.sort((a, b) => comparePositions(b, a));
    return held[requiredOf('majority', this.count) - 1] ?? START;
  }

  /** A member whose vote is due to change: a learner that has caught up, or a voter that lost something. */
  changeDue(): Member | undefined {
    const { members, store } = this.log;
    return members.find((member) => member.store !== store && this.isChangeDue(member));
  }

  isChangeDue({ node, store, voting }: Member): boolean {
    const { log } = this;
    const secondary = this.secondaryOf(node);
    if (secondary?.member.store !== store) return false;
    if (voting) {
      const at = secondary.lackingAt;
      return at !== null && comparePositions(at, log.membersAt) >= 0;
    }
    const at = secondary.acknowledged ?? secondary.lackingAt;
    if (at === null || !secondary.healthy || comparePositions(at, log.committed) < 0) return false;
    if (comparePositions(log.tail.position, secondary.incompleteUpTo) < 0) return false;
    return log.tail.position.sequence - at.sequence <= this.learnerLagMax;
  }

  /** All but this node; undefined: one that is being taken up. */
  private others(): (Secondary | undefined)[] {
    const { members, store } = this.log;
    const others = members.filter((member) => member.voting && member.store !== store);
    return others.map((member) => {
      const secondary = this.secondaryOf(member.node);
      return secondary?.member.store === member.store ? secondary : undefined;
    });
  }
}
