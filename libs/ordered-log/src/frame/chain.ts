import { createHash } from 'node:crypto';

export const CHAIN_BYTES = 16;
const CLUSTER_BYTES = 8;

/** The chain before the first record, and of a pending frame. */
export const NO_CHAIN: Buffer = Buffer.alloc(CHAIN_BYTES);

/** SHA-256(previous ‖ content)[0..16): equal chains at one place prove equal logs up to there. */
export function nextChain(previous: Buffer, content: Buffer): Buffer {
  return createHash('sha256').update(previous).update(content).digest().subarray(0, CHAIN_BYTES);
}

/** What tells one log from another: of the chain of its first record. */
export function clusterOf(chain: Buffer): string {
  return chain.toString('hex', 0, CLUSTER_BYTES);
}
