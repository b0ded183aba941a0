import { rmSync } from 'node:fs';
import { bundle } from './bundle';
import type { Mutant } from './mutant';
import { Pool } from './pool';
import { Summary } from './summary';
import type { Outcome, Task } from './task';

export interface RunOptions {
  readonly tasks: Iterable<Task>;
  readonly mutant?: Mutant;
  /** Ends at the first violation. */
  readonly bail?: boolean;
  readonly onOutcome?: (outcome: Outcome, summary: Summary) => void;
}

/** Bundles the simulation once and runs all tasks in worker processes. */
export async function run({ tasks, mutant, bail, onOutcome }: RunOptions): Promise<Summary> {
  const program = await bundle(mutant);
  const pool = new Pool(program);
  const summary = new Summary();
  try {
    await pool.run(tasks[Symbol.iterator](), (outcome) => {
      summary.add(outcome);
      if (bail === true && outcome.violation !== undefined) pool.stop();
      onOutcome?.(outcome, summary);
    });
  } finally {
    rmSync(program, { force: true });
  }
  return summary;
}

export function* seeds(from: number, count: number): Generator<Task> {
  for (let seed = from; seed < from + count; seed++) yield { seed };
}

export function* scenarioSeeds(names: readonly string[], from: number, count: number): Generator<Task> {
  for (let seed = from; seed < from + count; seed++) for (const scenario of names) yield { seed, scenario };
}
