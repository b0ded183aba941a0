import type { OrderedLog } from '@hooklog/ordered-log';
import { encodeMessage } from '@hooklog/sync-protocol';
import type { PeerLimits } from './limits';
import type { PacedWriter } from './paced-writer';

export interface PendingAnswer {
  readonly log: OrderedLog;
  /** arrival */
  readonly after: number;
  readonly writer: PacedWriter;
  readonly now: () => number;
  readonly limits: PeerLimits;
}

/** Writes what this store holds and will hold as pending, in arrival order, until the reader is gone. */
export async function writePending({ log, after, writer, now, limits }: PendingAnswer): Promise<void> {
  const page = { bytesMax: limits.pageBytesMax, entriesMax: limits.pageEntriesMax };
  writer.beat(limits.streamHeartbeatMs, () => encodeMessage({ type: 'heartbeat', now: now() }));
  const nextChange = (): Promise<void> => {
    const changed = log.changed(writer.gone);
    changed.catch(() => undefined);
    return changed;
  };
  // Asked for before a page is read: a commit in between must not be slept through.
  let changed = nextChange();
  for (let cursor = after; !writer.gone.aborted;) {
    const records = await log.pending(cursor, page);
    for (const { arrival, frame } of records) {
      await writer.write(encodeMessage({ type: 'entry', arrival, frame }));
      cursor = arrival;
    }
    if (records.length > 0) continue;
    await changed;
    changed = nextChange();
  }
}
