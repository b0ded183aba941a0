import { createHash } from 'node:crypto';
import type { Missing } from '../findings';
import type { Item, ItemSet } from '../item-set';
import type { ReconcileLimits } from '../limits';
import type { ReconcileOptions } from '../options';
import type { Policy } from '../policy';
import { answerReconcile, Reconciler } from '../reconciler';

export const NO_LIMITS: ReconcileLimits = {
  messageBytesMax: Infinity,
  messageRangesMax: Infinity,
  differencesMax: Infinity,
  roundsMax: Infinity,
};
/** More than any two sets of a test take. */
const ROUNDS_MAX = 20_000;

/** Item number i: always the same id. */
export function item(i: number, timestamp: number): Item {
  return { timestamp, id: createHash('sha256').update(`item ${i}`).digest() };
}

export function options(policy: Policy, frameBytesMax = 0, more: ReconcileOptions = {}): ReconcileOptions {
  return { policy, frameBytesMax, limits: NO_LIMITS, ...more };
}

export interface Told {
  /** Both sides' messages, as they were sent. */
  readonly transcript: readonly Buffer[];
  readonly have: readonly Item[];
  readonly need: readonly Missing[];
  readonly complete: boolean;
}

/** A whole session. `meanwhile` runs before each answer of the server. */
export function reconcileSets(
  here: ItemSet,
  there: ItemSet,
  own: ReconcileOptions,
  theirs: ReconcileOptions = own,
  meanwhile: (round: number) => void = () => undefined,
): Told {
  const reconciler = new Reconciler(here, own);
  const transcript: Buffer[] = [];
  const have: Item[] = [];
  const need: Missing[] = [];
  let message = reconciler.initiate();
  for (let round = 1; ; round++) {
    if (round > ROUNDS_MAX) throw new Error('the session does not end');
    meanwhile(round);
    const answer = answerReconcile(there, message, theirs);
    transcript.push(message, answer);
    const step = reconciler.reconcile(answer);
    have.push(...step.have);
    need.push(...step.need);
    if (step.message === undefined) return { transcript, have, need, complete: step.complete };
    message = step.message;
  }
}

/** Lower-case hex, sorted: to compare with what is expected. */
export function idsOf(items: readonly { readonly id: Buffer }[]): string[] {
  return items.map(({ id }) => id.toString('hex')).sort();
}
