import type { Plan } from '../batches/plan';
import type { Job } from './job';

/** A row of the caller; without value it goes away. */
export class MetaJob implements Job<void> {
  readonly entries = 1;
  readonly movesEnd = false;
  readonly offers = [];

  constructor(
    private readonly name: string,
    private readonly value?: Buffer,
  ) {}

  get bytes(): number {
    return this.name.length + (this.value?.length ?? 0);
  }

  apply(plan: Plan): void {
    plan.setMeta(this.name, this.value);
  }
}
