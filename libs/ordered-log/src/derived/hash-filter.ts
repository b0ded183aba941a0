import { readU32LE } from '../frame/bytes';

const BITS_PER_HASH = 16;
/** As many as make the fewest mistakes with so many bits, less a few that cost more than they save. */
const PROBES = 7;
/** What the first layer has room for; each next one has room for twice as many. */
const FIRST_LAYER = 65_536;
const BITS_PER_WORD = 32;

interface Layer {
  readonly words: Uint32Array;
  /** of the number of bits, which is a power of two */
  readonly mask: number;
  room: number;
}

/**
 * Which hashes may be in the log, in 2 to 4 bytes each: a Bloom filter that grows by layers (Almeida et al.,
 * "Scalable Bloom Filters", 2007). "No" is certain, and needs no look at the disk; "maybe" is wrong once in some
 * hundred times. The first 8 bytes of a hash are its probes.
 */
export class HashFilter {
  readonly #layers: Layer[] = [];

  add(hash: Buffer): void {
    let layer = this.#layers.at(-1);
    if (layer === undefined || layer.room === 0) {
      layer = layerFor(FIRST_LAYER * 2 ** this.#layers.length);
      this.#layers.push(layer);
    }
    const { words, mask } = layer;
    const step = stepOf(hash);
    let bit = readU32LE(hash, 0);
    for (let i = 0; i < PROBES; i++) {
      words[(bit & mask) >>> 5]! |= 1 << (bit & 31);
      bit = (bit + step) >>> 0;
    }
    layer.room--;
  }

  /** false: it was never added */
  mayHave(hash: Buffer): boolean {
    const first = readU32LE(hash, 0);
    const step = stepOf(hash);
    return this.#layers.some((layer) => mayHave(layer, first, step));
  }
}

/** Odd, so that no probe falls on an earlier one. */
function stepOf(hash: Buffer): number {
  return readU32LE(hash, 4) | 1;
}

function layerFor(room: number): Layer {
  const bits = room * BITS_PER_HASH;
  return { words: new Uint32Array(bits / BITS_PER_WORD), mask: bits - 1, room };
}

function mayHave({ words, mask }: Layer, first: number, step: number): boolean {
  let bit = first;
  for (let i = 0; i < PROBES; i++) {
    if ((words[(bit & mask) >>> 5]! & (1 << (bit & 31))) === 0) return false;
    bit = (bit + step) >>> 0;
  }
  return true;
}
