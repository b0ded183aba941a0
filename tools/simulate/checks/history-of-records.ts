import { decodeRecord } from '@hooklog/ordered-log';
import type { StoreCopy, StoredRecord } from './store-copy';
import { text } from './store-copy';
import { beginnerOfFrame, chainBehind } from './stored-rows';
import { hold } from './violation';

/** Tells whether a client has sent this body. */
export type WasSent = (body: Buffer, eventId: string | undefined) => boolean;

/** Every record that any store ever had: an epoch has one writer, and one history. */
export class HistoryOfRecords {
  /** By epoch and place, the chain. */
  readonly #chains = new Map<string, string>();
  /** Stores by the epoch that they began. */
  readonly #beginners = new Map<number, string>();

  constructor(private readonly wasSent: WasSent) {}

  /** @param promised the epoch that the store had promised before */
  onAdded(copy: StoreCopy, record: StoredRecord, promised: number): void {
    const name = `${record.epoch} ${text(record.position)}`;
    const known = this.#chains.get(name);
    if (known === undefined) return this.#learn(copy, record, name, promised);
    hold(
      known === record.chain,
      'SEQ-ONCE',
      () => `epoch ${record.epoch} has two records at ${text(record.position)}, one of them on ${copy.node}`,
    );
  }

  /** A record is seen for the first time where its writer stores it. */
  #learn(copy: StoreCopy, record: StoredRecord, name: string, promised: number): void {
    this.#chains.set(name, record.chain);
    const { epoch, frame, position } = record;
    const beginner = beginnerOfFrame(frame);
    if (beginner !== undefined && !this.#beginners.has(epoch)) this.#beginners.set(epoch, beginner);
    hold(
      this.#beginners.get(epoch) === copy.store,
      'SEQ-ONCE',
      () => `${copy.node} wrote ${text(position)} in epoch ${epoch}, which is not its own`,
    );
    hold(
      epoch >= promised,
      'EPOCH-FENCED',
      () => `${copy.node} wrote ${text(position)} in epoch ${epoch} after it had promised ${promised}`,
    );
    const index = copy.indexOf(position);
    const previous = copy.records[index - 1]?.chain ?? '\0'.repeat(16);
    hold(
      chainBehind(previous, frame) === record.chain,
      'NO-FABRICATION',
      () => `${copy.node} has a record at ${text(position)} that does not continue its chain`,
    );
    this.#proveContent(copy, record);
  }

  #proveContent(copy: StoreCopy, { position, frame }: StoredRecord): void {
    const record = decodeRecord({ position, frame });
    if (record.type !== 'entry') return;
    const { body, eventId } = record.entry;
    hold(
      this.wasSent(body, eventId),
      'NO-FABRICATION',
      () => `nobody sent what ${copy.node} has at ${text(position)}: ${String(body)}`,
    );
  }
}
