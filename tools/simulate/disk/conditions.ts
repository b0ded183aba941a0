import type { Dice } from '../world/dice';

const SYNC_MS = 1.5;
const OPEN_MS = 20;
const READ_MS = 3;
/** Most reads are answered from memory. */
const SLOW_READS = 0.01;

/** How a machine's disk does at the moment. */
export class Conditions {
  /** Times as slow as usual. */
  slowness = 1;
  /** Nothing can be written, and no folder opened. */
  full = false;
  /** The next write fails. */
  failing = false;

  constructor(private readonly dice: Dice) {}

  syncMs(): number {
    return this.dice.longTail(SYNC_MS) * this.slowness;
  }

  openMs(): number {
    return this.dice.longTail(OPEN_MS);
  }

  /** 0: at once */
  readMs(): number {
    const share = this.slowness > 1 ? 20 * SLOW_READS : SLOW_READS;
    return this.dice.chance(share) ? this.dice.longTail(READ_MS) * this.slowness : 0;
  }

  get fails(): boolean {
    return this.full || this.failing;
  }
}
