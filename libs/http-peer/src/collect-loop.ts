import { Collector, MessageDecoder, pagesOf, SyncError } from '@hooklog/sync-protocol';
import { arriving } from './arriving';
import { collectedName, encodeCheckpoint, readCheckpoint } from './checkpoint';
import { failureOf } from './failure';
import type { FlowContext, FlowState } from './flow';
import { FRAMES_TYPE, PENDING_PATH } from './routes';
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
  const { log, member, client, limits, stop, admit } = context;
  const name = collectedName(member.store);
  const after = (await readCheckpoint(log, name)) ?? 0;
  const query = { store: member.store, after };
  const response = await client.open({
    method: 'GET',
    path: PENDING_PATH,
    query,
    accept: FRAMES_TYPE,
    signal: stop,
  });
  const chunks = arriving(response, { bytesMax: limits.pageBytesMax, silenceMs: limits.streamSilenceMs });
  const collector = new Collector(member.store, after, limits);
  // The head alone proves nothing: a page that cannot be read or appended would begin the pauses anew each time.
  const idle = setTimeout(() => state.recovered(), limits.streamHeartbeatMs);
  try {
    for await (const { entries, through } of pagesOf(
      chunks,
      new MessageDecoder(limits.messageBytesMax),
      collector,
    )) {
      await admit?.();
      await log.appendCollected({ entries, checkpoint: { name, value: encodeCheckpoint(through) } });
      state.recovered();
      onCollected(through);
    }
  } finally {
    clearTimeout(idle);
  }
  throw new SyncError('PEER_UNREACHABLE', `${member.url} ended the stream of its pending entries`);
}
