import { after, type Replication } from '@hooklog/http-peer';
import type { EntryKey } from '@hooklog/object-id';
import type { OrderedLog } from '@hooklog/ordered-log';
import { Waiting } from '@hooklog/sync-protocol';

/** Each looks for its entry after every batch. */
const WAITS_MAX = 1024;

export interface NamedWaitsOptions {
  readonly log: OrderedLog;
  readonly replication: Replication;
  /** whether this node gives sequences now */
  readonly writes: () => boolean;
}

/** Requests that wait until the log has their entry in the words of a master: this node or another one. */
export class NamedWaits {
  private waiting = 0;

  constructor(private readonly options: NamedWaitsOptions) {}

  get full(): boolean {
    return this.waiting >= WAITS_MAX;
  }

  /** The entry's sequence, or null when the signal came first. */
  async until(key: EntryKey, signal: AbortSignal): Promise<number | null> {
    this.waiting += 1;
    try {
      for (;;) {
        const sequence = await this.look(key, signal);
        if (sequence !== undefined) return sequence;
      }
    } finally {
      this.waiting -= 1;
    }
  }

  /** Undefined when there is news after a look in vain. */
  private async look(key: EntryKey, signal: AbortSignal): Promise<number | null | undefined> {
    const { log, replication } = this.options;
    const round = new Waiting(signal, after);
    try {
      // asked for before the look: a batch in between must not be slept through
      const changed = Promise.race([log.changed(round.signal), replication.roleChanged(round.signal)]);
      // when the log closes the look-up fails first, and nobody is left to hear of this
      changed.catch(() => undefined);
      // before and after the look: the end of the log may be cut, or be another one's, meanwhile
      const { epoch } = log.tail;
      const ofAMaster = this.isOfAMaster;
      const [entry] = await log.find(key);
      const sequence = entry?.sequence ?? null;
      const unchanged = ofAMaster && this.isOfAMaster && log.tail.epoch === epoch;
      if (sequence !== null && unchanged) return sequence;
      if (sequence !== null && ofAMaster !== unchanged) return undefined; // look again
      if (signal.aborted) return null;
      await changed;
      return undefined;
    } finally {
      round.release();
    }
  }

  /** The end of a log that this node wrote before it was deposed is on no other disk for certain. */
  private get isOfAMaster(): boolean {
    const { leading, writer, store } = this.options.log;
    return leading ? this.options.writes() : writer?.store !== store;
  }
}
