import type { Plan } from '../batches/plan';
import type { Member } from '../frame/record';
import { LogError } from '../log-error';
import type { Position } from '../position';
import type { Job } from './job';

/** The writer names the members. They are in force from this record on; answers with its place. */
export class MembersJob implements Job<Position> {
  readonly entries = 1;
  readonly movesEnd = false;
  readonly offers = [];

  constructor(
    private readonly members: readonly Member[],
    private readonly epoch: number,
  ) {}

  get bytes(): number {
    return this.members.reduce((sum, { node, url }) => sum + node.length + url.length, 0);
  }

  apply(plan: Plan): Position {
    if (!plan.state.leading || plan.state.epoch !== this.epoch)
      throw new LogError('NOT_LEADING', `only the writer of epoch ${this.epoch} names its members`);
    plan.addMembers(this.members);
    return plan.state.position;
  }
}
