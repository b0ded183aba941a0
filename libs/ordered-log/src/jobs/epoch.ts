import type { Plan } from '../plan';
import type { Job } from './job';

/** This store becomes the writer, in an epoch above all that it has seen. */
export class EpochJob implements Job<number> {
  readonly bytes = 0;
  readonly entries = 1;
  readonly movesEnd = true;
  readonly offers = [];

  apply(plan: Plan): number {
    const epoch = Math.max(plan.state.epoch, plan.state.promised) + 1;
    plan.addEpoch(epoch);
    return epoch;
  }
}
