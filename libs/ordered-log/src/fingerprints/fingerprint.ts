import { sha256Text } from '@hooklog/object-id';
import { LIMBS } from './sum';

const SUM_BYTES = 4 * LIMBS;
const FINGERPRINT_BYTES = 16;

/** The first 16 bytes of SHA-256(sum, little-endian ‖ varint of the count). A fingerprint is a latin1 string here. */
export class Fingerprinter {
  /** By the digits of the count. */
  readonly #inputs: Buffer[] = [];
  #input: Buffer = Buffer.alloc(0);

  /** Of what follows. */
  setCount(count: number): void {
    const digits = digitsOf(count);
    this.#input = this.#inputs[digits.length] ??= Buffer.alloc(SUM_BYTES + digits.length);
    this.#input.set(digits, SUM_BYTES);
  }

  of(sum: Uint32Array): string {
    const input = this.#input;
    for (let i = 0, at = 0; i < sum.length; i++) {
      const limb = sum[i]!;
      input[at++] = limb;
      input[at++] = limb >>> 8;
      input[at++] = limb >>> 16;
      input[at++] = limb >>> 24;
    }
    return sha256Text(input).slice(0, FINGERPRINT_BYTES);
  }
}

/** Base 128, the most significant digit first; all but the last one have their high bit set. */
function digitsOf(count: number): number[] {
  const digits = [count % 128];
  for (let rest = Math.floor(count / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift((rest % 128) + 128);
  return digits;
}
