import { type OrderedLog, termOf } from '@hooklog/ordered-log';

const BYTES = 16;

/** Arrival of the last entry collected from a store. */
export function collectedName(store: string): string {
  return `collected/${store}`;
}

/** @param epoch of the leader that got so far */
export function encodeCheckpoint(value: number, epoch: number): Buffer {
  const bytes = Buffer.alloc(BYTES);
  bytes.writeBigUInt64BE(BigInt(value));
  bytes.writeBigUInt64BE(BigInt(termOf(epoch)), 8);
  return bytes;
}

/**
 * Null when there is none yet, or only one of another term: what this log had collected then may have been cut from
 * it since.
 */
export async function readCheckpoint(log: OrderedLog, name: string): Promise<number | null> {
  const bytes = await log.readMeta(name);
  if (bytes?.length !== BYTES) return null;
  const term = Number(bytes.readBigUInt64BE(8));
  return term === termOf(log.tail.epoch) ? Number(bytes.readBigUInt64BE()) : null;
}
