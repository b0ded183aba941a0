import type { OrderedLog } from '@hooklog/ordered-log';

const BYTES = 8;

/** Arrival of the last entry collected from a store. */
export function collectedName(store: string): string {
  return `collected/${store}`;
}

/** Time (ms) up to which the id-list diff has everything of a store. */
export function syncedName(store: string): string {
  return `synced/${store}`;
}

export function encodeCheckpoint(value: number): Buffer {
  const bytes = Buffer.alloc(BYTES);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** Null when there is none yet. */
export async function readCheckpoint(log: OrderedLog, name: string): Promise<number | null> {
  const bytes = await log.readMeta(name);
  return bytes?.length === BYTES ? Number(bytes.readBigUInt64BE()) : null;
}
