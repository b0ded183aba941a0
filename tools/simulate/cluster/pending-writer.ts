import type { OrderedLog } from '@hooklog/ordered-log';
import { encodeMessage, type Ports } from '@hooklog/sync-protocol';
import type { Stream } from '../network/stream';

export interface PendingWriterLimits {
  readonly pageBytesMax: number;
  readonly pageEntriesMax: number;
  readonly streamHeartbeatMs: number;
}

/** Writes what a store holds and will hold as pending, in arrival order, until the reader is gone. */
export async function writePending(
  log: OrderedLog,
  after: number,
  stream: Stream,
  ports: Ports,
  limits: PendingWriterLimits,
): Promise<void> {
  const page = { bytesMax: limits.pageBytesMax, entriesMax: limits.pageEntriesMax };
  const beat = (): void => {
    if (stream.gone.aborted) return;
    stream.write(encodeMessage({ type: 'heartbeat', now: ports.now() })).catch(() => undefined);
    ports.after(limits.streamHeartbeatMs, beat);
  };
  ports.after(limits.streamHeartbeatMs, beat);
  for (let cursor = after; !stream.gone.aborted;) {
    const changed = log.changed(stream.gone);
    changed.catch(() => undefined);
    const records = await log.pending(cursor, page);
    for (const { arrival, frame } of records) {
      await stream.write(encodeMessage({ type: 'entry', arrival, frame }));
      cursor = arrival;
    }
    if (records.length === 0) await changed;
  }
}
