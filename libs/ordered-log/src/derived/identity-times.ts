import { randomBytes } from 'node:crypto';
import { readU32LE } from '../frame/bytes';

/** Each next layer has twice as many as the one before. */
const FIRST_LAYER_SLOTS = 65_536;
/** Of its slots a layer fills so many: looks end at the first one that is empty. */
const FILLED = 0.75;
/** Seconds that share the place where a look begins: what is in a slot tells them apart. */
const SPAN_BITS = 16;
/** Of an identity, the last of its 28 bytes: they differ also where the first ones name an event with several bodies. */
const MARK_AT = 18;
const HASH_AT = 20;
const EMPTY = 0;

interface Layer {
  /** mark u16, seconds in their span u16 */
  readonly slots: Uint32Array;
  room: number;
}

/**
 * When keys of an identity were received, in 5 to 11 bytes for each key: hash tables with linear probing that grow by
 * layers. It names all of their seconds and, once in some ten thousand times, one of another key. Where a look begins is
 * nobody's to choose who does not know the seed, and depends on the time, so that one body that comes again and again
 * does not make looks long.
 */
export class IdentityTimes {
  readonly #layers: Layer[] = [];
  readonly #seed = randomBytes(4).readUInt32LE();

  add(identity: Buffer, seconds: number): void {
    let layer = this.#layers.at(-1);
    if (layer === undefined || layer.room === 0) {
      layer = layerWith(FIRST_LAYER_SLOTS * 2 ** this.#layers.length);
      this.#layers.push(layer);
    }
    const { slots } = layer;
    let at = this.#beginning(identity, seconds >>> SPAN_BITS) & (slots.length - 1);
    while (slots[at] !== EMPTY) at = (at + 1) & (slots.length - 1);
    slots[at] = slotOf(identity, seconds);
    layer.room--;
  }

  /** false: this was never added */
  mayHave(identity: Buffer, seconds: number): boolean {
    return this.#ofSpan(identity, seconds >>> SPAN_BITS).includes(seconds);
  }

  /** Ascending, each once, of [from, to]. What is added meanwhile may be among them or not. */
  *secondsOf(identity: Buffer, from: number, to: number): Generator<number, void, undefined> {
    for (let span = from >>> SPAN_BITS; span <= to >>> SPAN_BITS; span++) {
      const seconds = new Set(this.#ofSpan(identity, span));
      yield* [...seconds].filter((each) => each >= from && each <= to).sort((a, b) => a - b);
    }
  }

  #ofSpan(identity: Buffer, span: number): number[] {
    const found: number[] = [];
    const beginning = this.#beginning(identity, span);
    const mark = markOf(identity, span);
    for (const { slots } of this.#layers) {
      let at = beginning & (slots.length - 1);
      for (let slot = slots[at]!; slot !== EMPTY; slot = slots[at]!) {
        if (slot >>> SPAN_BITS === mark) found.push(span * 2 ** SPAN_BITS + (slot & 0xffff));
        at = (at + 1) & (slots.length - 1);
      }
    }
    return found;
  }

  #beginning(identity: Buffer, span: number): number {
    let hash = Math.imul(readU32LE(identity, HASH_AT) ^ this.#seed, 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 13) ^ readU32LE(identity, HASH_AT + 4), 0xc2b2_ae35);
    hash = Math.imul(hash ^ (hash >>> 16) ^ span, 0x27d4_eb2f);
    return (hash ^ (hash >>> 15)) >>> 0;
  }
}

function layerWith(count: number): Layer {
  return { slots: new Uint32Array(count), room: count * FILLED };
}

function slotOf(identity: Buffer, seconds: number): number {
  return ((markOf(identity, seconds >>> SPAN_BITS) << SPAN_BITS) | (seconds & 0xffff)) >>> 0;
}

/** Another one for each span. Never 0, so that no slot is as an empty one. */
function markOf(identity: Buffer, span: number): number {
  return identity.readUInt16LE(MARK_AT) ^ span || 1;
}
