import type { DerivedIndex } from '../derived/derived-index';
import type { IndexWriter } from '../derived/index-writer';
import type { Candidate } from '../entry';
import type { Writer as Self } from '../frame/record';
import { prepareAll } from '../jobs/prepare';
import type { LogLimits } from '../limits';
import type { LogRows } from '../rows/log-rows';
import type { LogState } from '../state';
import { Ahead, applied, type Planned, refused } from './ahead';
import { type Found, Lookup } from './lookup';
import { type Commit, Plan } from './plan';
import type { Queued } from './queue';

export interface PlannerOptions {
  readonly rows: LogRows;
  readonly index: DerivedIndex;
  readonly self: Self;
  readonly windowMs: number;
  readonly limits: LogLimits;
  /** The last receipt time that was given out (ms). */
  readonly lastReceivedAt: () => number;
}

/** Decides what a batch makes of the log, and changes nothing. */
export class Planner {
  constructor(private readonly options: PlannerOptions) {}

  /** @param behind writes what the index lacks of the state */
  async plan(batch: readonly Queued[], state: LogState, behind: IndexWriter): Promise<Planned> {
    const { index, rows, windowMs } = this.options;
    const plan = this.#planBehind(state);
    const lookup = new Lookup(index, behind, rows, windowMs);
    const found = await lookup.findAll(batch.flatMap(({ job }) => job.offers));
    return { batch, plan, answers: await this.#apply(batch, plan, found) };
  }

  /**
   * Takes what comes while a batch is written; undefined: what is behind it has to wait for it.
   * @param failed as in the options of what is planned ahead
   */
  ahead({ batch, plan }: Planned, failed: (error: unknown) => void): Ahead | undefined {
    if (plan.log.length === 0 || !batch.every(({ job }) => job.ahead)) return undefined;
    const { limits, index, rows } = this.options;
    const mayKnow = ({ key }: Candidate): boolean => index.mayKnow(key);
    const behind = this.#planBehind(plan.state);
    return new Ahead(plan, { limits, mayKnow, plan: behind, database: rows.database, failed });
  }

  /** Nothing more is decided: it can be written. */
  finish({ plan }: Planned, news: Commit | undefined): void {
    plan.finish(this.options.lastReceivedAt(), news);
  }

  #planBehind(state: LogState): Plan {
    return new Plan(state, this.options.self, this.options.windowMs);
  }

  /** A job that is refused leaves the plan as it was, and the others go on. */
  async #apply(
    batch: readonly Queued[],
    plan: Plan,
    found: readonly Found[],
  ): Promise<readonly (() => void)[]> {
    const unprepared = await prepareAll(batch);
    let next = 0;
    return batch.map((queued) => {
      const own = found.slice(next, (next += queued.job.offers.length));
      const refusal = unprepared.get(queued) ?? own.find(({ damage }) => damage !== undefined)?.damage;
      return refusal === undefined ? applied(queued, plan, own) : refused(queued, refusal);
    });
  }
}
