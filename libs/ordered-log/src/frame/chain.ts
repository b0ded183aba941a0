import { createHash } from 'node:crypto';
import { sha256 } from '@hooklog/object-id';

export const CHAIN_BYTES = 16;
const CLUSTER_BYTES = 8;

/** The chain before the first record, and of a pending frame. */
export const NO_CHAIN: Buffer = Buffer.alloc(CHAIN_BYTES);

/** Most contents are shorter, and are hashed in one call. */
const joined = Buffer.allocUnsafe(32 * 1024);

/** SHA-256(previous ‖ content)[0..16): equal chains at one place prove equal logs up to there. */
export function nextChain(previous: Buffer, content: Buffer): Buffer {
  const bytes = previous.length + content.length;
  if (bytes <= joined.length) {
    previous.copy(joined);
    content.copy(joined, previous.length);
    return sha256(joined.subarray(0, bytes)).subarray(0, CHAIN_BYTES);
  }
  return createHash('sha256').update(previous).update(content).digest().subarray(0, CHAIN_BYTES);
}

/** What tells one log from another: of the chain of its first record. */
export function clusterOf(chain: Buffer): string {
  return chain.toString('hex', 0, CLUSTER_BYTES);
}
