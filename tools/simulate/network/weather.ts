import type { Dice } from '../world/dice';

/** How messages travel at the moment; the same for all pairs of hosts. */
export interface Weather {
  /** ms that most messages take */
  readonly delayMs: number;
  /** share of messages that never arrive */
  readonly loss: number;
  /** share of messages that arrive seconds later, behind younger ones */
  readonly late: number;
  /** share of requests that arrive twice */
  readonly doubled: number;
  /** share of stream chunks behind which the connection breaks */
  readonly cut: number;
}

export const FAIR: Weather = { delayMs: 1, loss: 0, late: 0, doubled: 0, cut: 0 };

export function stormy(dice: Dice): Weather {
  return {
    delayMs: dice.pick([1, 1, 5, 30]),
    loss: dice.pick([0, 0.01, 0.05, 0.2]),
    late: dice.pick([0, 0.01, 0.05]),
    doubled: dice.pick([0, 0.02, 0.1]),
    cut: dice.pick([0, 0.02, 0.1]),
  };
}
