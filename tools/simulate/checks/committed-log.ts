import { comparePositions, type Position, START } from '@hooklog/ordered-log';
import { type StoreCopy, type StoredRecord, text } from './store-copy';
import { hold } from './violation';

/** What any node ever claimed to be committed: one log, which only grows. */
export class CommittedLog {
  readonly records: StoredRecord[] = [];
  readonly #at = new Map<string, number>();

  get end(): Position {
    return this.records.at(-1)?.position ?? START;
  }

  recordAt(position: Position): StoredRecord | undefined {
    return this.records[this.#at.get(text(position)) ?? -1];
  }

  /** A node says that everything up to here is committed. */
  claim(copy: StoreCopy, position: Position): void {
    if (comparePositions(position, START) === 0) return;
    hold(
      comparePositions(position, copy.end) <= 0,
      'DURABLE-ACK',
      () => `${copy.node} takes ${text(position)} for committed, but its log ends at ${text(copy.end)}`,
    );
    const common = comparePositions(position, this.end) <= 0 ? position : this.end;
    this.#proveEqual(copy, common);
    this.#extend(copy, position);
  }

  /** Records that a store takes away. */
  onCut(copy: StoreCopy, cut: readonly StoredRecord[]): void {
    for (const { position, chain } of cut) {
      hold(
        this.recordAt(position)?.chain !== chain,
        'COMMIT-MONOTONE',
        () => `${copy.node} cut ${text(position)}, which was committed`,
      );
    }
  }

  #proveEqual(copy: StoreCopy, position: Position): void {
    if (comparePositions(position, START) === 0) return;
    hold(
      copy.chainAt(position) === this.recordAt(position)?.chain,
      'PREFIX-AGREE',
      () => `${copy.node} has another record committed at ${text(position)} than others have`,
    );
  }

  #extend(copy: StoreCopy, upTo: Position): void {
    for (let index = this.records.length; comparePositions(this.end, upTo) < 0; index++) {
      const record = copy.records[index]!;
      this.#at.set(text(record.position), this.records.push(record) - 1);
    }
  }
}
