import type { Found } from '../batches/lookup';
import type { Plan } from '../batches/plan';
import type { Offer } from '../batches/same-event';

/** One wish to write. Jobs of one batch are asked in order, and share its fate. */
export interface Job<Answer> {
  readonly bytes: number;
  readonly entries: number;
  /** At most one such job is in a batch: it is prepared against the end of the log. */
  readonly movesEnd: boolean;
  readonly offers: readonly Offer[];
  /** Nothing else is in its batch. */
  readonly alone?: boolean;
  /** Asks nothing of the log but whether its offers are new: it can be planned while the batch before is being written. */
  readonly ahead?: boolean;
  /** `prepare` asks the index, which then has all that was written. */
  readonly readsIndex?: boolean;
  /** Reads what `apply` needs, before the batch is planned. */
  prepare?(): Promise<void>;
  /** Adds to the plan, and gives the answer for when it is durable; throws before it has added anything. */
  apply(plan: Plan, found: readonly Found[]): Answer;
}
