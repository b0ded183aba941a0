import type { CanonicalForm } from './canonical-form';
import { CompiledScanner } from './compiled/compiled-scanner';
import { bufferOf, canonicalizeInTypeScript } from './in-typescript';

/** What reads bodies: `typescript` where WebAssembly or its SIMD instructions are missing. */
export type ScannerName = 'wasm' | 'typescript';

const compiled = CompiledScanner.create();

export function scannerInUse(): ScannerName {
  return compiled === undefined ? 'typescript' : 'wasm';
}

/**
 * The canonical form of a JSON document: RFC 8785 on I-JSON input, injective in value beyond it.
 * Time is linear in the length, apart from the sorting of keys.
 * @throws ObjectIdError with the byte offset of what is wrong
 */
export function canonicalize(bytes: Uint8Array): CanonicalForm {
  const text = bufferOf(bytes);
  const form = compiled?.canonicalize(text);
  if (form === undefined) return canonicalizeInTypeScript(text);
  return form.canonical === text ? form : { canonical: Buffer.from(form.canonical), iJson: form.iJson };
}

/** As `canonicalize`, but what it returns may be overwritten by the next call of either. */
export function canonicalizeBriefly(bytes: Uint8Array): CanonicalForm {
  const text = bufferOf(bytes);
  return compiled?.canonicalize(text) ?? canonicalizeInTypeScript(text);
}
