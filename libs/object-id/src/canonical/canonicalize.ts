import { isUtf8 } from 'node:buffer';
import { ObjectIdError } from '../errors';
import { wordsOf } from './bytes';
import { Scanner } from './scanner';
import { invalidUtf8At } from './utf8';
import { Writer } from './writer';

export interface CanonicalForm {
  /** the given bytes themselves, not a copy, when they are canonical already */
  readonly canonical: Buffer;
  /** false when there are duplicate keys or lone surrogates */
  readonly iJson: boolean;
}

/**
 * The canonical form of a JSON document: RFC 8785 on I-JSON input, injective in value beyond it.
 * Time is linear in the length, apart from the sorting of keys.
 * @throws ObjectIdError with the byte offset of what is wrong
 */
export function canonicalize(bytes: Uint8Array): CanonicalForm {
  if (!isUtf8(bytes)) {
    throw new ObjectIdError('INVALID_UTF8', 'the body is not UTF-8', invalidUtf8At(bytes));
  }
  const text = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = wordsOf(text);
  const { edits, iJson } = new Scanner(text, words).scan();
  return { canonical: edits.count === 0 ? text : new Writer(text, words, edits).write(), iJson };
}
