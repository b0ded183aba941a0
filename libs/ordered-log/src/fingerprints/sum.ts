/** Words of an id, and limbs of a sum of ids mod 2^256: 32 bits each, the lowest one first. */
export const LIMBS = 8;
const BASE = 2 ** 32;

/** Adds `sign` times the id, or sum, number `at` of those that stand there to a sum. */
export function addTo(sum: Uint32Array, words: Uint32Array, at: number, sign: 1 | -1): void {
  let carry = 0;
  for (let i = 0; i < LIMBS; i++) {
    const limb = sum[i]! + sign * words[at * LIMBS + i]! + carry;
    carry = limb < 0 ? -1 : limb < BASE ? 0 : 1;
    sum[i] = limb - carry * BASE;
  }
}

/**
 * A sum in the making: its limbs are exact whole numbers, and carry only when it is read. A million ids, added or
 * taken away, keep them far from what a double cannot hold.
 */
export class Accumulator {
  readonly #limbs = new Float64Array(LIMBS);

  reset(): void {
    this.#limbs.fill(0);
  }

  /** Adds `sign` times the ids, or sums, number [from, to) of those that stand here one behind the other. */
  add(words: Uint32Array, from: number, to: number, sign: 1 | -1): void {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let e = 0;
    let f = 0;
    let g = 0;
    let h = 0;
    for (let i = from * LIMBS; i < to * LIMBS; i += LIMBS) {
      a += words[i]!;
      b += words[i + 1]!;
      c += words[i + 2]!;
      d += words[i + 3]!;
      e += words[i + 4]!;
      f += words[i + 5]!;
      g += words[i + 6]!;
      h += words[i + 7]!;
    }
    const limbs = this.#limbs;
    limbs[0]! += sign * a;
    limbs[1]! += sign * b;
    limbs[2]! += sign * c;
    limbs[3]! += sign * d;
    limbs[4]! += sign * e;
    limbs[5]! += sign * f;
    limbs[6]! += sign * g;
    limbs[7]! += sign * h;
  }

  /** Writes it as sum number `at` of those that stand there. */
  read(sums: Uint32Array, at = 0): void {
    let carry = 0;
    for (let i = 0; i < LIMBS; i++) {
      const limb = this.#limbs[i]! + carry;
      carry = Math.floor(limb / BASE);
      sums[at * LIMBS + i] = limb - carry * BASE;
    }
  }
}
