import type { Dice } from './dice';
import type { World } from './world';

/** When every simulation begins: 2025-11-20, ms since the epoch. */
const BEGINNING = 1_763_600_000_000;
const OFFSET_MAX_MS = 2000;
/** Of a clock that nobody disciplines: 0.1 % */
const DRIFT_MAX = 0.001;

/** A machine's clocks: what it takes for the time of day, which is set now and then, and what counts on evenly. */
export class Clock {
  readonly #rate: number;
  #offset: number;

  constructor(
    private readonly world: World,
    dice: Dice,
  ) {
    this.#rate = 1 + dice.between(-DRIFT_MAX, DRIFT_MAX);
    this.#offset = dice.between(-OFFSET_MAX_MS, OFFSET_MAX_MS);
  }

  /** ms since the epoch; jumps */
  now(): number {
    return Math.floor(BEGINNING + this.#offset + this.elapsed());
  }

  /** ms that never jump */
  elapsed(): number {
    return this.world.now * this.#rate;
  }

  jump(ms: number): void {
    this.#offset += ms;
  }

  /** What a timer of this machine takes, in ms of the world. */
  worldMs(ms: number): number {
    return ms / this.#rate;
  }
}
