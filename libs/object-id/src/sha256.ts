import { createHash, hash } from 'node:crypto';

/**
 * SHA-256 of bytes, or of a text in UTF-8, as 32 latin1 characters. In one call, where this version of node has it:
 * half the time, and no object that the garbage collector has to look after.
 */
export const sha256Text: (bytes: Uint8Array | string) => string =
  typeof hash === 'function'
    ? (bytes) => hash('sha256', bytes, 'binary')
    : (bytes) => createHash('sha256').update(bytes).digest('binary');

/** SHA-256 of bytes, or of a text in UTF-8, as 32 bytes. */
export function sha256(bytes: Uint8Array | string): Buffer {
  return Buffer.from(sha256Text(bytes), 'binary');
}
