import { type EntryKey, printEntryKey } from '@hooklog/object-id';
import { decodePendingFrame, type Entry } from '@hooklog/ordered-log';
import { GatheredEntries } from './gathered-entries';
import type { PageLimits } from './pages';
import type { StreamMessage } from './stream-codec';
import { SyncError } from './sync-error';

/** Gathers the entries that a store was asked for, which come in the order of their keys, into pages. */
export class EntriesReceiver {
  private readonly gathered: GatheredEntries;
  private lastKey: EntryKey | undefined;
  private over = false;

  constructor(limits: PageLimits) {
    this.gathered = new GatheredEntries(limits);
  }

  get full(): boolean {
    return this.gathered.full;
  }

  /** @throws SyncError `BAD_FRAME`, LogError `DAMAGED_FRAME` */
  accept(message: StreamMessage): void {
    if (this.over) throw new SyncError('BAD_FRAME', `a message (${message.type}) behind the end`);
    switch (message.type) {
      case 'heartbeat':
        return;
      case 'end':
        this.over = true;
        return;
      case 'entry':
        return this.gather(decodePendingFrame(message.frame, message.arrival), message.frame.length);
    }
  }

  /** @throws SyncError `BAD_FRAME` when the stream stopped before its `end` */
  end(): void {
    if (!this.over) throw new SyncError('BAD_FRAME', 'the answer stopped before its end');
  }

  /** What has arrived since the last call; undefined when nothing has. */
  takePage(): readonly Entry[] | undefined {
    return this.gathered.take();
  }

  private gather(entry: Entry, bytes: number): void {
    if (this.lastKey && this.lastKey.compare(entry.key) > 0) {
      throw new SyncError(
        'BAD_FRAME',
        `entries out of order: ${printEntryKey(entry.key)} after ${printEntryKey(this.lastKey)}`,
      );
    }
    this.gathered.add(entry, bytes);
    this.lastKey = entry.key;
  }
}
