/** The part of the WebAssembly JavaScript interface that is used here: Node's types leave it out. */
interface WebAssemblyNamespace {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: unknown };
}

declare const brand: unique symbol;

export interface WasmModule {
  readonly [brand]: true;
}

/** Undefined where Node runs without it, as with --jitless. */
export const webAssembly = (globalThis as { WebAssembly?: WebAssemblyNamespace }).WebAssembly;
