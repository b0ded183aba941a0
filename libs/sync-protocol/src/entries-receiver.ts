import { type EntryKey, printEntryKey } from '@hooklog/object-id';
import { decodePendingFrame, type Entry } from '@hooklog/ordered-log';
import type { PageLimits } from './pages';
import type { StreamMessage } from './stream-codec';
import { SyncError } from './sync-error';

/** Gathers the entries that a store was asked for, which come in the order of their keys, into pages. */
export class EntriesReceiver {
  private entries: Entry[] = [];
  private bytes = 0;
  private lastKey: EntryKey | undefined;
  private over = false;

  constructor(private readonly limits: PageLimits) {}

  get full(): boolean {
    return this.bytes >= this.limits.pageBytesMax || this.entries.length >= this.limits.pageEntriesMax;
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
    if (this.entries.length === 0) return undefined;
    const page = this.entries;
    this.entries = [];
    this.bytes = 0;
    return page;
  }

  private gather(entry: Entry, bytes: number): void {
    if (this.lastKey && this.lastKey.compare(entry.key) > 0) {
      throw new SyncError(
        'BAD_FRAME',
        `entries out of order: ${printEntryKey(entry.key)} after ${printEntryKey(this.lastKey)}`,
      );
    }
    this.entries.push(entry);
    this.bytes += bytes;
    this.lastKey = entry.key;
  }
}
