import { randomBytes } from 'node:crypto';
import type { Digest } from '@hooklog/object-id';
import type { OrderedLog } from '../ordered-log';

/** Resolves when the log says of a body that nobody ever sent that it is not there. */
export async function untilBodiesKnown(log: OrderedLog): Promise<void> {
  // a filter may take one body for another, but not all of them
  while (log.mayHaveBody(randomBytes(32) as Digest)) await log.readMeta('nothing');
}
