import type { EntryKey } from '@hooklog/object-id';
import type { Plan } from '../batches/plan';
import type { Origin } from '../entry';
import type { LogRecord } from '../frame/record';
import type { OwnPending, PendingRows } from '../rows/pending-rows';

/** What is pending in this store of that which records name. */
export class NamedPending {
  readonly #ended = new Set<number>();

  private constructor(
    private readonly store: string,
    private readonly pending: ReadonlyMap<number, OwnPending>,
  ) {}

  static async of(records: readonly LogRecord[], store: string, rows: PendingRows): Promise<NamedPending> {
    const own = records.map((record) => namedBy(record)?.origin).filter((origin) => origin?.store === store);
    return new NamedPending(store, await rows.of(own.map((origin) => origin!.arrival)));
  }

  /** The log names it now. What a receipt ends is kept until the receipt is committed. */
  end(plan: Plan, record: LogRecord): void {
    const named = namedBy(record);
    if (named?.origin.store !== this.store) return;
    const { arrival } = named.origin;
    plan.passArrival(arrival);
    const own = this.pending.get(arrival);
    if (own === undefined || !isThat(own, named.key) || this.#ended.has(arrival)) return;
    this.#ended.add(arrival);
    if (record.type === 'receipt') plan.retirePending(record.receipt, record.position, own.frame);
    else plan.dropPending(arrival);
  }
}

function namedBy(record: LogRecord): { readonly origin: Origin; readonly key: EntryKey } | undefined {
  if (record.type === 'entry') return record.entry;
  return record.type === 'receipt' ? record.receipt : undefined;
}

/** A store that was restored from a backup gave arrivals a second time: what is pending there is another entry. */
function isThat({ key: own }: OwnPending, key: EntryKey): boolean {
  return own?.equals(key) ?? true;
}
