import type { Plan } from '../batches/plan';
import { LogError } from '../log-error';
import { refuseIncomplete } from './epoch';
import type { Job } from './job';
import type { Tail } from './replica';

/** No writer of a lower epoch is listened to any longer, this store itself included. Answers with what it then has. */
export class PromiseJob implements Job<Tail> {
  readonly bytes = 0;
  readonly entries = 1;
  readonly movesEnd = false;
  readonly offers = [];

  constructor(
    private readonly epoch: number,
    private readonly to: string,
  ) {}

  apply(plan: Plan): Tail {
    const { promised, promisedTo, epoch: own } = plan.state;
    refuseIncomplete(plan);
    if (this.epoch < promised || (this.epoch === promised && this.to !== promisedTo)) {
      throw new LogError('STALE_EPOCH', `epoch ${this.epoch} is refused: ${promised} is promised already`);
    }
    plan.promise(this.epoch, this.to);
    // the promise that this store leads by comes again
    if (this.epoch > own) plan.follow();
    const { position, chain, epoch } = plan.state;
    return { position, chain, epoch };
  }
}
