import type { ClusterLimits } from '@hooklog/sync-protocol';
import type { Simulation } from '../simulation';

/** A story that seeds find rarely. Small things are left to the seed. */
export interface Scenario {
  readonly name: string;
  readonly nodes: number;
  /** Those that the story needs; the others are drawn. */
  readonly limits?: Partial<ClusterLimits>;
  /** @throws Violation */
  run(simulation: Simulation): Promise<void>;
}
