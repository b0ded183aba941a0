import { randomBytes } from 'node:crypto';
import type { Digest } from '@hooklog/object-id';
import type { OrderedLog } from '../ordered-log';

/** Each time something else that reads has its turn. */
const ASKED_MAX = 100_000;

/** Resolves when the log says of a body that nobody ever sent that it is not there. */
export async function untilBodiesKnown(log: OrderedLog): Promise<void> {
  for (let asked = 0; asked < ASKED_MAX; asked++) {
    // a filter may take one body for another, but not all of them
    if (!log.mayHaveBody(randomBytes(32) as Digest)) return;
    await log.readMeta('nothing');
  }
  throw new Error('the bodies never became known');
}
