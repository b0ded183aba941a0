import type { OrderedLog } from '@hooklog/ordered-log';
import type { Item, ItemSet } from '@hooklog/sync-protocol';

/** The entries of a log as they are compared: those that are there when it is asked, whenever that is. */
export class CurrentItems implements ItemSet {
  constructor(private readonly log: OrderedLog) {}

  get size(): number {
    return this.log.fingerprints.size;
  }

  lowerBound(timestamp: number, id: Uint8Array): number {
    return this.log.fingerprints.lowerBound(timestamp, id);
  }

  itemAt(index: number): Item {
    return this.log.fingerprints.itemAt(index);
  }

  items(from: number, to: number): Iterable<Item> {
    return this.log.fingerprints.items(from, to);
  }

  fingerprint(from: number, to: number): Buffer {
    return this.log.fingerprints.fingerprint(from, to);
  }

  surplus(from: number, to: number, fingerprint: Uint8Array): number | undefined {
    return this.log.fingerprints.surplus(from, to, fingerprint);
  }
}
