import type { Entry } from '@hooklog/ordered-log';
import type { PageLimits } from './pages';

/** Entries that gather until they are a page. */
export class GatheredEntries {
  private entries: Entry[] = [];
  private bytes = 0;

  constructor(private readonly limits: PageLimits) {}

  get full(): boolean {
    return this.bytes >= this.limits.pageBytesMax || this.entries.length >= this.limits.pageEntriesMax;
  }

  /** @param bytes of its frame */
  add(entry: Entry, bytes: number): void {
    this.entries.push(entry);
    this.bytes += bytes;
  }

  /** What was added since the last call; undefined when nothing was. */
  take(): readonly Entry[] | undefined {
    if (this.entries.length === 0) return undefined;
    const page = this.entries;
    this.entries = [];
    this.bytes = 0;
    return page;
  }
}
