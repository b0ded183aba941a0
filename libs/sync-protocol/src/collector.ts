import { decodePendingFrame, type Entry } from '@hooklog/ordered-log';
import { GatheredEntries } from './gathered-entries';
import type { PageLimits } from './pages';
import type { StreamMessage } from './stream-codec';
import { SyncError } from './sync-error';

/** Entries to append together, and the arrival up to which the store is then collected. */
export interface CollectedPage {
  readonly entries: readonly Entry[];
  readonly through: number;
}

/** Gathers what one store's pending stream brings into pages. A message that is refused leaves nothing behind. */
export class Collector {
  private readonly gathered: GatheredEntries;

  /** @param after arrival of the last entry that was collected from the store */
  constructor(
    private readonly store: string,
    private after: number,
    limits: PageLimits,
  ) {
    this.gathered = new GatheredEntries(limits);
  }

  get full(): boolean {
    return this.gathered.full;
  }

  /** @throws SyncError `BAD_FRAME`, LogError `DAMAGED_FRAME` */
  accept(message: StreamMessage): void {
    if (message.type === 'heartbeat') return;
    if (message.type !== 'entry')
      throw new SyncError('BAD_FRAME', `no ${message.type} belongs in a pending stream`);
    const { arrival, frame } = message;
    if (arrival <= this.after) throw new SyncError('BAD_FRAME', `arrival ${arrival} after ${this.after}`);
    const entry = decodePendingFrame(frame, arrival);
    if (entry.origin.store !== this.store || entry.origin.arrival !== arrival) {
      throw new SyncError(
        'BAD_FRAME',
        `an entry of store ${entry.origin.store} in the stream of ${this.store}`,
      );
    }
    this.gathered.add(entry, frame.length);
    this.after = arrival;
  }

  /** What has arrived since the last call; undefined when nothing has. */
  takePage(): CollectedPage | undefined {
    const entries = this.gathered.take();
    return entries && { entries, through: this.after };
  }
}
