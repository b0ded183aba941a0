import type { Digest, EntryKey } from '@hooklog/object-id';
import type { Found } from '../batches/lookup';
import type { Plan } from '../batches/plan';
import { type Offer, ruleOf } from '../batches/same-event';
import type { Candidate } from '../entry';
import type { Job } from './job';

/** The answer to whoever sent an entry: for a copy, what the first one was answered. */
export interface Appended {
  readonly key: EntryKey;
  readonly digest: Digest;
  /** null: pending, the writer has not given it a place yet */
  readonly sequence: number | null;
  readonly duplicate: boolean;
}

/** A client's entry: sequenced by the writer, pending on every other node. */
export class AppendJob implements Job<Appended> {
  readonly entries = 1;
  readonly movesEnd = false;
  readonly ahead = true;
  readonly offers: readonly Offer[];

  constructor(
    candidate: Candidate,
    readonly bytes: number,
  ) {
    this.offers = [{ entry: candidate }];
  }

  apply(plan: Plan, found: readonly Found[]): Appended {
    return appendTo(plan, this.offers[0]!, found[0]!);
  }
}

/** One offer, and what the store knows about it. */
export function appendTo(plan: Plan, offer: Offer, found: Found): Appended {
  const known = plan.find(offer, found, 'any');
  if (known !== undefined) {
    plan.duplicates.push(ruleOf(offer.entry, known));
    return answerTo(known, known.sequence, true);
  }
  const entry = plan.arrive(offer.entry);
  if (plan.state.leading) return answerTo(entry, plan.addEntry(entry), false);
  plan.addPending(entry);
  return answerTo(entry, null, false);
}

function answerTo(
  { key, digest }: Pick<Appended, 'key' | 'digest'>,
  sequence: number | null,
  duplicate: boolean,
): Appended {
  return { key, digest, sequence, duplicate };
}
