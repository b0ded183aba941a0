import { createHash, hash } from 'node:crypto';

/**
 * SHA-256 as 32 latin1 characters. In one call, where this version of node has it: half the time, and no object that
 * the garbage collector has to look after.
 */
export const sha256Text: (bytes: Uint8Array) => string =
  typeof hash === 'function'
    ? (bytes) => hash('sha256', bytes, 'binary')
    : (bytes) => createHash('sha256').update(bytes).digest('binary');

/** SHA-256 as 32 bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(sha256Text(bytes), 'binary');
}
