import { isUtf8 } from 'node:buffer';
import type { CanonicalForm } from '../canonical-form';
import { canonicalNumber } from '../number';
import { type WasmModule, webAssembly } from './webassembly';

/** What `libs/object-id/assembly/index.ts` exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly documentAddress: { readonly value: number };
  readonly resultAddress: { readonly value: number };
  makeRoom(length: number): number;
  canonicalize(length: number): number;
}

/** What is said of a document, as a sum; as in `libs/object-id/assembly/index.ts`. */
const REFUSED = 0;
const CHANGED = 2;
const NOT_I_JSON = 4;

const WORD_BYTES = 4;
/** Texts up to here are written faster by a loop than by a call into the engine. */
const LOOPED_TEXT_MAX = 32;

/** The compiled program with a memory of its own, which only grows. */
export class Instance {
  /** bytes of the longest document that there is room for */
  room = 0;
  private readonly exports: Exports;
  private readonly document: number;
  private readonly result: number;
  /** all of the memory */
  private bytes = Buffer.alloc(0);
  private words = new Uint32Array(0);
  private length = 0;

  /** Undefined when there is no memory for it: 10 GiB of addresses are set aside, however little is used. */
  static open(module: WasmModule): Instance | undefined {
    try {
      return new Instance(module);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  private constructor(module: WasmModule) {
    const host = {
      isUtf8: () => isUtf8(this.bytes.subarray(this.document, this.document + this.length)),
      putNumber: (start: number, end: number, place: number) =>
        this.put(canonicalNumber(this.bytes.toString('latin1', start, end)), place),
      putDouble: (double: number, place: number) => this.put(String(double), place),
    };
    this.exports = new webAssembly!.Instance(module, { host }).exports as Exports;
    this.document = this.exports.documentAddress.value;
    this.result = this.exports.resultAddress.value / WORD_BYTES;
  }

  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** Makes room for documents of so many bytes; false when there is no memory for it. */
  makeRoom(length: number): boolean {
    if (this.exports.makeRoom(length) === 0) return false;
    this.room = length;
    this.bytes = Buffer.from(this.exports.memory.buffer);
    this.words = new Uint32Array(this.exports.memory.buffer);
    return true;
  }

  /**
   * The canonical form of a text that there is room for, in memory that the next call overwrites, or the text itself;
   * undefined when it has none.
   */
  canonicalize(text: Buffer): CanonicalForm | undefined {
    this.length = text.length;
    this.bytes.set(text, this.document);
    const verdict = this.exports.canonicalize(text.length);
    if (verdict === REFUSED) return undefined;
    return {
      canonical: (verdict & CHANGED) === 0 ? text : this.changed(),
      iJson: (verdict & NOT_I_JSON) === 0,
    };
  }

  private changed(): Buffer {
    const address = this.words[this.result]!;
    return this.bytes.subarray(address, address + this.words[this.result + 1]!);
  }

  /** Called by the program: writes the canonical text of a number, returns its bytes. */
  private put(text: string, place: number): number {
    const { bytes } = this;
    if (text.length > LOOPED_TEXT_MAX) return bytes.write(text, place, 'latin1');
    for (let i = 0; i < text.length; i++) bytes[place + i] = text.charCodeAt(i);
    return text.length;
  }
}
