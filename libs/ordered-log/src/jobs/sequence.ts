import type { Found } from '../batches/lookup';
import type { Plan } from '../batches/plan';
import type { Known, Offer } from '../batches/same-event';
import type { Entry, Origin } from '../entry';
import { encodePendingFrame } from '../frame/frame';
import type { Receipt } from '../frame/record';
import { LogError } from '../log-error';
import type { Job } from './job';

/** What became of a page of entries that were taken without a sequence. */
export interface PageResult {
  /** New in the log. */
  readonly appended: number;
  /** Copies of an entry of the log, now with a receipt. */
  readonly receipts: number;
  /** In the log already, as an entry or by a receipt: nothing was written. */
  readonly known: number;
}

export interface Checkpoint {
  readonly name: string;
  readonly value: Buffer;
}

/** The writer gives a page of pending entries their places, with the checkpoint of whoever brought them. */
export class SequenceJob implements Job<PageResult> {
  readonly movesEnd = false;
  readonly offers: readonly Offer[];

  constructor(
    readonly page: readonly Entry[],
    readonly bytes: number,
    private readonly options: { readonly checkpoint?: Checkpoint; readonly ownPending: boolean },
  ) {
    this.offers = page.map((entry) => ({ entry, origin: entry.origin }));
  }

  get entries(): number {
    return this.page.length;
  }

  apply(plan: Plan, found: readonly Found[]): PageResult {
    if (!plan.state.leading)
      throw new LogError('NOT_LEADING', 'only the writer sequences entries, and this node is not the writer');
    const result = { appended: 0, receipts: 0, known: 0 };
    for (const [i, entry] of this.page.entries()) {
      const { outcome, receipt } = this.#sequence(plan, entry, found[i]!);
      result[outcome]++;
      if (this.options.ownPending) endPending(plan, entry, receipt);
    }
    const { checkpoint } = this.options;
    if (checkpoint !== undefined) plan.setMeta(checkpoint.name, checkpoint.value);
    return result;
  }

  #sequence(plan: Plan, entry: Entry, found: Found): Sequenced {
    const { key, digest, origin } = entry;
    const known = plan.find({ entry, origin }, found, 'logged');
    if (known === undefined) {
      plan.addEntry(entry);
      return { outcome: 'appended' };
    }
    if (isOrigin(known, origin) || found.receiptOf === known.sequence || plan.hasReceipt(origin))
      return { outcome: 'known' };
    const sameKey = known.key.equals(key);
    const receipt = { origin, key, digest, sequence: known.sequence!, sameKey };
    plan.addReceipt(receipt, known);
    plan.duplicates.push('receipt');
    return { outcome: 'receipts', receipt };
  }
}

interface Sequenced {
  readonly outcome: keyof PageResult;
  readonly receipt?: Receipt;
}

/** The receipt is the last record now. */
function endPending(plan: Plan, entry: Entry, receipt: Receipt | undefined): void {
  const { arrival } = entry.origin;
  if (receipt === undefined) plan.dropPending(arrival);
  else plan.retirePending(receipt, plan.state.position, encodePendingFrame(entry, arrival));
}

function isOrigin({ origin }: Known, { store, arrival }: Origin): boolean {
  return origin.store === store && origin.arrival === arrival;
}
