import type { OrderedLog } from '@hooklog/ordered-log';
import type { PageLimits } from './pages';
import { encodeMessage } from './stream-codec';

/**
 * Messages with what a store holds and will hold as pending, in arrival order, until the reader is gone.
 * @param after arrival of the last entry that the reader has
 * @throws LogError
 */
export async function* pendingMessages(
  log: OrderedLog,
  after: number,
  gone: AbortSignal,
  limits: PageLimits,
): AsyncGenerator<Buffer, void, undefined> {
  const page = { bytesMax: limits.pageBytesMax, entriesMax: limits.pageEntriesMax };
  const nextChange = (): Promise<void> => {
    const changed = log.changed(gone);
    changed.catch(() => undefined);
    return changed;
  };
  // asked for before a page is read: a commit in between must not be slept through
  let changed = nextChange();
  for (let cursor = after; !gone.aborted;) {
    const records = await log.pending(cursor, page);
    for (const { arrival, frame } of records) {
      yield encodeMessage({ type: 'entry', arrival, frame });
      cursor = arrival;
    }
    if (records.length > 0) continue;
    await changed;
    changed = nextChange();
  }
}
