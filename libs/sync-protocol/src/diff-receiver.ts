import { type EntryKey, printEntryKey, secondsOf } from '@hooklog/object-id';
import { decodePendingFrame, type Entry } from '@hooklog/ordered-log';
import type { PageLimits } from './pages';
import type { SecondsRange } from './id-list/listed-id';
import type { StreamMessage } from './stream-codec';
import { SyncError } from './sync-error';

/** Entries to append together; everything the store received before `synced` (ms) is then here. */
export interface DiffPage {
  readonly entries: readonly Entry[];
  readonly synced: number;
}

/**
 * Gathers what a store answers to an id list into pages, and knows from where the next run has to start: at the
 * second of the last entry, but never behind what the store calls settled, since entries may still appear there.
 */
export class DiffReceiver {
  private entries: Entry[] = [];
  private bytes = 0;
  private lastKey: EntryKey | undefined;
  private settled = 0;
  private pageSynced: number;
  private over = false;

  /** @param synced ms: where the last run got to */
  constructor(
    private readonly range: SecondsRange,
    private synced: number,
    private readonly limits: PageLimits,
  ) {
    this.pageSynced = synced;
  }

  get full(): boolean {
    return this.bytes >= this.limits.pageBytesMax || this.entries.length >= this.limits.pageEntriesMax;
  }

  /** @throws SyncError `BAD_FRAME`, LogError `DAMAGED_FRAME` */
  accept(message: StreamMessage): void {
    if (this.over) throw new SyncError('BAD_FRAME', `a message (${message.type}) behind the end`);
    switch (message.type) {
      case 'heartbeat':
        return;
      case 'mark':
        this.settled = message.settled;
        return this.reach(message.through);
      case 'end':
        this.over = true;
        this.settled = message.through;
        return this.reach(message.through);
      case 'entry':
        return this.gather(decodePendingFrame(message.frame, message.arrival), message.frame.length);
    }
  }

  /** @throws SyncError `BAD_FRAME` when the stream stopped before its `end` */
  end(): void {
    if (!this.over) throw new SyncError('BAD_FRAME', 'the answer stopped before its end');
  }

  /** What has arrived since the last call; undefined when nothing has. */
  takePage(): DiffPage | undefined {
    if (this.entries.length === 0 && this.pageSynced === this.synced) return undefined;
    const page = { entries: this.entries, synced: this.pageSynced };
    this.entries = [];
    this.bytes = 0;
    this.synced = this.pageSynced;
    return page;
  }

  private gather(entry: Entry, bytes: number): void {
    const seconds = secondsOf(entry.key);
    if (seconds >= this.range.end) {
      throw new SyncError(
        'BAD_FRAME',
        `an entry of second ${seconds}, asked for ${this.range.start} to ${this.range.end}`,
      );
    }
    if (this.lastKey && this.lastKey.compare(entry.key) > 0) {
      throw new SyncError(
        'BAD_FRAME',
        `entries out of order: ${printEntryKey(entry.key)} after ${printEntryKey(this.lastKey)}`,
      );
    }
    this.entries.push(entry);
    this.bytes += bytes;
    this.lastKey = entry.key;
    this.reach(seconds * 1000);
  }

  private reach(through: number): void {
    this.pageSynced = Math.max(this.pageSynced, Math.min(through, this.settled, this.range.end * 1000));
  }
}
