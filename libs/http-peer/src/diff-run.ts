import { Readable } from 'node:stream';
import type { OrderedLog, PageResult } from '@hooklog/ordered-log';
import {
  DiffReceiver,
  encodeCheckpoint,
  encodeIdList,
  failureOf,
  type FlowPeer,
  MessageDecoder,
  pagesOf,
  readCheckpoint,
  type SecondsRange,
  syncedName,
} from '@hooklog/sync-protocol';
import { arriving } from './arriving';
import type { PeerLimits } from './limits';
import type { PeerClient } from './peer-client';
import { FRAMES_TYPE, ID_LIST_PATH, JSON_TYPE } from './routes';
import type { SyncReport } from './status';

/** What one diff is between, and in which epoch of this leader. */
export interface DiffContext {
  readonly log: OrderedLog;
  readonly epoch: number;
  readonly member: FlowPeer;
  readonly client: PeerClient;
  readonly limits: PeerLimits;
  /** ms since the epoch */
  readonly now: () => number;
  readonly stop: AbortSignal;
  /** In front of every page that is appended. Rejects while this node must not write. */
  readonly admit?: () => Promise<void>;
}

export interface DiffBounds {
  /** the run reaches at least this far back */
  readonly fromMs: number;
  /** younger entries are left to the next run */
  readonly settleMs: number;
}

type Counts = {
  -readonly [K in 'idsSent' | 'bytesUp' | 'bytesDown' | 'received' | 'appended' | 'receipts']: SyncReport[K];
};

/** One id-list diff against one store. Never throws: a failure is in the report, and what came before it is kept. */
export async function runDiff(context: DiffContext, bounds: DiffBounds): Promise<SyncReport> {
  const startedAt = performance.now();
  const counts: Counts = { idsSent: 0, bytesUp: 0, bytesDown: 0, received: 0, appended: 0, receipts: 0 };
  let range: SecondsRange = { start: 0, end: 0 };
  const report = (failure?: SyncReport['error']): SyncReport => ({
    id: context.member.node,
    ok: failure === undefined,
    from: range.start * 1000,
    to: range.end * 1000,
    ...counts,
    milliseconds: Math.round(performance.now() - startedAt),
    ...(failure && { error: failure }),
  });
  try {
    const synced = (await readCheckpoint(context.log, syncedName(context.member.store))) ?? 0;
    range = rangeOf(synced, context.now(), bounds);
    await exchange(context, range, synced, counts);
    return report();
  } catch (error) {
    return report(failureOf(error));
  }
}

/** Whole seconds, since that is what an id tells: an entry of a second that has begun is compared. */
function rangeOf(synced: number, nowMs: number, { fromMs, settleMs }: DiffBounds): SecondsRange {
  const start = Math.floor(Math.max(0, Math.min(synced, nowMs - fromMs)) / 1000);
  return { start, end: Math.max(start, Math.ceil((nowMs - settleMs) / 1000)) };
}

async function exchange(
  context: DiffContext,
  range: SecondsRange,
  synced: number,
  counts: Counts,
): Promise<void> {
  const { log, member, client, limits, stop } = context;
  const keys = log.keys({ fromSeconds: range.start, toSeconds: range.end });
  const list = encodeIdList(range, keys, () => (counts.idsSent += 1));
  const body = Readable.from(
    counted(list, (bytes) => (counts.bytesUp += bytes)),
    { objectMode: false },
  );
  body.on('error', () => undefined);
  const request = {
    method: 'POST',
    path: ID_LIST_PATH,
    query: { store: member.store },
    contentType: JSON_TYPE,
  } as const;
  try {
    const response = await client.open({ ...request, accept: FRAMES_TYPE, body, signal: stop });
    const chunks = arriving(response, { bytesMax: limits.pageBytesMax, silenceMs: limits.streamSilenceMs });
    await receive(
      context,
      new DiffReceiver(range, synced, limits),
      counted(chunks, (bytes) => (counts.bytesDown += bytes)),
      counts,
    );
  } finally {
    await closed(body);
  }
}

async function receive(
  { log, epoch, member, limits, admit }: DiffContext,
  receiver: DiffReceiver,
  chunks: AsyncIterable<Buffer>,
  counts: Counts,
): Promise<void> {
  const name = syncedName(member.store);
  for await (const { entries, synced } of pagesOf(
    chunks,
    new MessageDecoder(limits.messageBytesMax),
    receiver,
  )) {
    await admit?.();
    const result = await log.appendCollected({
      entries,
      checkpoint: { name, value: encodeCheckpoint(synced, epoch) },
    });
    add(counts, entries.length, result);
  }
  receiver.end();
}

function add(counts: Counts, received: number, { appended, receipts }: PageResult): void {
  counts.received += received;
  counts.appended += appended;
  counts.receipts += receipts;
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Resolves when nothing of the body is read any longer: its iterator over the log is closed. */
async function closed(body: Readable): Promise<void> {
  if (body.closed) return;
  const done = new Promise((resolve) => body.once('close', resolve));
  body.destroy();
  await done;
}
