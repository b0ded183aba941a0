import type { Statistics } from '../statistics';

/** One simulation to run: what a seed makes of it, or a scenario with the small things left to the seed. */
export interface Task {
  readonly seed: number;
  readonly scenario?: string;
  readonly tracing?: boolean;
}

export interface Outcome {
  readonly task: Task;
  /** equal for equal runs */
  readonly hash: string;
  readonly statistics: Statistics;
  /** undefined: all held */
  readonly violation: string | undefined;
  /** lines; empty unless traced */
  readonly trace: readonly string[];
}

export function nameOf({ seed, scenario }: Task): string {
  return scenario === undefined ? `seed ${seed}` : `scenario ${scenario}, seed ${seed}`;
}
