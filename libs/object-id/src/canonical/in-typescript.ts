import { isUtf8 } from 'node:buffer';
import { ObjectIdError } from '../errors';
import { wordsOf } from './bytes';
import type { CanonicalForm } from './canonical-form';
import { Scanner } from './scanner';
import { invalidUtf8At } from './utf8';
import { Writer } from './writer';

/** `canonicalize` in TypeScript alone: what the compiled scanner is held to, and what says what is wrong with a body. */
export function canonicalizeInTypeScript(bytes: Uint8Array): CanonicalForm {
  if (!isUtf8(bytes)) {
    throw new ObjectIdError('INVALID_UTF8', 'the body is not UTF-8', invalidUtf8At(bytes));
  }
  const text = bufferOf(bytes);
  const words = wordsOf(text);
  const { edits, iJson } = new Scanner(text, words).scan();
  return { canonical: edits.count === 0 ? text : new Writer(text, words, edits).write(), iJson };
}

/** The same bytes, not a copy. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
