import type { CanonicalForm } from '../canonical-form';
import { Instance } from './instance';
import { PROGRAM } from './program';
import { type WasmModule, webAssembly } from './webassembly';

/** Room that is made at once: of most documents. */
const FIRST_ROOM_BYTES = 64 * 1024;
/** WebAssembly gives no memory back: after a longer document the instance goes, and its memory with it. */
const KEPT_ROOM_BYTES_MAX = 2 * 1024 * 1024;
/** For one longer than this, all that may have to stand beside it is more than 32 bits can address. */
const DOCUMENT_BYTES_MAX = 128 * 1024 * 1024;

/** The scanner of `libs/object-id/assembly`. */
export class CompiledScanner {
  private constructor(
    private readonly module: WasmModule,
    private instance: Instance | undefined,
  ) {}

  /** Undefined where there is no WebAssembly, none with SIMD, or no memory for it. */
  static create(): CompiledScanner | undefined {
    const program = Buffer.from(PROGRAM, 'base64');
    if (webAssembly === undefined || !webAssembly.validate(program)) return undefined;
    const module = new webAssembly.Module(program);
    const instance = Instance.open(module);
    return instance && new CompiledScanner(module, instance);
  }

  /** Bytes of WebAssembly memory that it holds now. */
  get memoryBytes(): number {
    return this.instance?.memoryBytes ?? 0;
  }

  /**
   * The canonical form of a text, in memory that the next call may overwrite, or the text itself when it is canonical.
   * Undefined when it has none, or is too long: the scanner in TypeScript knows what is to be said then.
   */
  canonicalize(text: Buffer): CanonicalForm | undefined {
    const instance = this.instanceFor(text.length);
    if (instance === undefined) return undefined;
    const form = instance.canonicalize(text);
    if (instance.room > KEPT_ROOM_BYTES_MAX) this.instance = undefined;
    return form;
  }

  private instanceFor(length: number): Instance | undefined {
    if (length > DOCUMENT_BYTES_MAX) return undefined;
    const instance = (this.instance ??= Instance.open(this.module));
    if (instance === undefined || length <= instance.room) return instance;
    const room = length > KEPT_ROOM_BYTES_MAX ? length : roomFor(length);
    return instance.makeRoom(room) ? instance : undefined;
  }
}

/** A power of two, so that growing documents make room seldom. */
function roomFor(length: number): number {
  let room = FIRST_ROOM_BYTES;
  while (room < length) room *= 2;
  return room;
}
