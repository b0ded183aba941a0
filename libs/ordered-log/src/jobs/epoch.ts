import type { Plan } from '../batches/plan';
import { hasNextStart } from '../epoch';
import { LogError } from '../log-error';
import { incompleteUpTo } from '../state';
import type { Job } from './job';

/**
 * This store becomes the writer: in the epoch that it was promised, or in the next one above all that it has seen.
 * The latter is for the owner of a term, which nobody else begins epochs of.
 */
export class EpochJob implements Job<number> {
  readonly bytes = 0;
  readonly entries = 1;
  readonly movesEnd = true;
  readonly offers = [];

  constructor(private readonly promised?: number) {}

  apply(plan: Plan): number {
    refuseIncomplete(plan);
    const epoch = this.promised === undefined ? nextStart(plan) : provePromise(plan, this.promised);
    plan.addEpoch(epoch);
    return epoch;
  }
}

function nextStart({ state }: Plan): number {
  const last = Math.max(state.epoch, state.promised);
  if (hasNextStart(last)) return last + 1;
  throw new LogError('STALE_EPOCH', `the term of epoch ${last} has no start left: promote a node`);
}

function provePromise({ state, self }: Plan, epoch: number): number {
  if (state.promised === epoch && state.promisedTo === self.store && state.epoch < epoch) return epoch;
  const now = `it promised ${state.promised} meanwhile`;
  throw new LogError('STALE_EPOCH', `epoch ${epoch} does not stand promised to this store: ${now}`);
}

/** @throws LogError INCOMPLETE */
export function refuseIncomplete({ state, self }: Plan): void {
  const lost = incompleteUpTo(state, self.store);
  if (lost === undefined) return;
  const message = `this store lost something up to sequence ${lost.sequence}: it only follows until it has it again`;
  throw new LogError('INCOMPLETE', message, { position: lost });
}
