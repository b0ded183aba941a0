import type { Found } from '../batches/lookup';
import type { Plan } from '../batches/plan';
import type { Offer } from '../batches/same-event';
import type { Candidate } from '../entry';
import { type Appended, appendTo } from './append';
import type { Job } from './job';

/** Clients' entries in their order, as if each had come alone behind the one before. */
export class AppendAllJob implements Job<Appended[]> {
  readonly movesEnd = false;
  readonly ahead = true;
  readonly offers: readonly Offer[];

  constructor(
    candidates: readonly Candidate[],
    readonly bytes: number,
  ) {
    this.offers = candidates.map((entry) => ({ entry }));
  }

  get entries(): number {
    return this.offers.length;
  }

  apply(plan: Plan, found: readonly Found[]): Appended[] {
    return this.offers.map((offer, i) => appendTo(plan, offer, found[i]!));
  }
}
