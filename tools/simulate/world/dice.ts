import { type Random, seeded } from '../../proof/random';

/** Every choice of a simulation: the same seed gives the same choices in the same order. */
export class Dice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** [0, 1) */
  unit(): number {
    return this.#random();
  }

  /** An integer of [0, limit). */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** [low, high) */
  between(low: number, high: number): number {
    return low + this.#random() * (high - low);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** Near `typical`, and now and then many times as large: as disks and networks answer. */
  longTail(typical: number): number {
    const usual = typical * this.between(0.3, 1.3);
    return this.chance(0.02) ? usual * this.between(2, 40) : usual;
  }

  hex(digits: number): string {
    let text = '';
    for (let i = 0; i < digits; i++) text += this.below(16).toString(16);
    return text;
  }

  /** Dice of its own for one part of the world: what that part draws does not move the others. */
  fork(): Dice {
    return new Dice(this.below(0x1_0000_0000));
  }
}
