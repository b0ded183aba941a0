import type { OrderedLog } from '@hooklog/ordered-log';
import { encodeMessage, pendingMessages } from '@hooklog/sync-protocol';
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
  writer.beat(limits.streamHeartbeatMs, () => encodeMessage({ type: 'heartbeat', now: now() }));
  for await (const message of pendingMessages(log, after, writer.gone, limits)) await writer.write(message);
}
