import { Collector } from '../collector';
import { pagesOf } from '../pages';
import { MessageDecoder } from '../stream-codec';
import { SyncError } from '../sync-error';
import { collectedName, encodeCheckpoint, readCheckpoint } from './checkpoint';
import { failureOf } from './failure';
import type { FlowContext, FlowState } from './flow';
import type { Rest } from './waiting';

/** Takes one store's pending entries as they come, until stop. A cut goes on behind the last page that was appended. */
export async function collectLoop(
  context: FlowContext,
  rest: Rest,
  state: FlowState,
  onCollected: (arrival: number) => void,
): Promise<void> {
  const { stop } = context;
  while (!stop.aborted) {
    try {
      await collectStream(context, state, onCollected);
    } catch (error) {
      if (!stop.aborted) await rest.for(state.failed(failureOf(error)));
    }
  }
}

async function collectStream(
  context: FlowContext,
  state: FlowState,
  onCollected: (arrival: number) => void,
): Promise<never> {
  const { log, epoch, member, link, limits, ports, stop, admit } = context;
  const name = collectedName(member.store);
  const after = (await readCheckpoint(log, name)) ?? 0;
  const chunks = await link.pending(member.store, after, stop);
  const collector = new Collector(member.store, after, limits);
  // The head alone proves nothing: a page that cannot be read or appended would begin the pauses anew each time.
  const cancel = ports.after(limits.streamHeartbeatMs, () => state.recovered());
  try {
    const decoder = new MessageDecoder(limits.messageBytesMax);
    for await (const { entries, through } of pagesOf(chunks, decoder, collector)) {
      await admit?.();
      await log.appendCollected({ entries, checkpoint: { name, value: encodeCheckpoint(through, epoch) } });
      state.recovered();
      onCollected(through);
    }
  } finally {
    cancel();
  }
  throw new SyncError('PEER_UNREACHABLE', `${member.url} ended the stream of its pending entries`);
}
