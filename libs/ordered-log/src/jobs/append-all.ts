import type { Candidate } from '../entry';
import type { Found } from '../lookup';
import type { Plan } from '../plan';
import type { Offer } from '../same-event';
import { type Appended, AppendJob } from './append';
import type { Job } from './job';

/** Clients' entries in their order, as if each had come alone behind the one before. */
export class AppendAllJob implements Job<Appended[]> {
  readonly movesEnd = false;
  readonly offers: readonly Offer[];
  readonly #jobs: readonly AppendJob[];

  constructor(
    candidates: readonly Candidate[],
    readonly bytes: number,
  ) {
    this.#jobs = candidates.map((candidate) => new AppendJob(candidate, 0));
    this.offers = this.#jobs.map(({ offers: [offer] }) => offer!);
  }

  get entries(): number {
    return this.#jobs.length;
  }

  apply(plan: Plan, found: readonly Found[]): Appended[] {
    return this.#jobs.map((job, i) => job.apply(plan, [found[i]!]));
  }
}
