import type { OrderedLog } from '@hooklog/ordered-log';
import { encodeMessage, type PageLimits, pendingMessages, type Ports } from '@hooklog/sync-protocol';
import type { Stream } from '../network/stream';

export interface PendingWriterLimits extends PageLimits {
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
  const beat = (): void => {
    if (stream.gone.aborted) return;
    stream.write(encodeMessage({ type: 'heartbeat', now: ports.now() })).catch(() => undefined);
    ports.after(limits.streamHeartbeatMs, beat);
  };
  ports.after(limits.streamHeartbeatMs, beat);
  for await (const message of pendingMessages(log, after, stream.gone, limits)) await stream.write(message);
}
