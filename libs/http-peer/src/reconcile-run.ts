import type { EntryKey } from '@hooklog/object-id';
import type { Entry, OrderedLog } from '@hooklog/ordered-log';
import {
  decodeReconcileAnswer,
  encodeEntriesRequest,
  encodeReconcileRequest,
  EntriesReceiver,
  failureOf,
  type FlowPeer,
  type Item,
  MessageDecoder,
  type Missing,
  pagesOf,
  type ReconcileAnswer,
  Reconciler,
  type Window,
} from '@hooklog/sync-protocol';
import { arriving } from './arriving';
import { CurrentItems } from './current-items';
import type { PeerLimits } from './limits';
import type { PeerClient } from './peer-client';
import { ENTRIES_PATH, FRAMES_TYPE, RECONCILE_PATH, RECONCILE_TYPE } from './routes';
import type { SyncReport } from './status';

/** What one comparison is between. */
export interface ReconcileContext {
  readonly log: OrderedLog;
  readonly member: FlowPeer;
  /** the last sequence that the member has acknowledged; 0: none */
  readonly held: () => number;
  readonly client: PeerClient;
  readonly limits: PeerLimits;
  /** ms since the epoch */
  readonly now: () => number;
  readonly stop: AbortSignal;
  /** In front of every page that is appended. Rejects while this node must not write. */
  readonly admit?: () => Promise<void>;
}

const NO_MESSAGE: Buffer = Buffer.alloc(0);
const NO_WINDOW: Window = { from: 0, to: 0 };

type Counts = {
  -readonly [K in Exclude<keyof SyncReport, 'id' | 'ok' | 'at' | 'milliseconds' | 'error'>]: SyncReport[K];
};

/**
 * Compares all settled entries with one store and takes over what this log lacks.
 * Never throws: a failure is in the report, and what came before it is kept.
 */
export async function runReconcile(context: ReconcileContext, settleMs: number): Promise<SyncReport> {
  const startedAt = performance.now();
  const run = new ReconcileRun(context);
  const report = (failure?: SyncReport['error']): SyncReport => ({
    id: context.member.node,
    ok: failure === undefined,
    at: context.now(),
    ...run.counts,
    milliseconds: Math.round(performance.now() - startedAt),
    ...(failure && { error: failure }),
  });
  try {
    await run.run(settleMs);
    return report();
  } catch (error) {
    return report(failureOf(error));
  }
}

class ReconcileRun {
  readonly counts: Counts = {
    ...{ from: 0, to: 0, clockOffsetMs: null, compared: 0, complete: false, rounds: 0 },
    ...{ bytesUp: 0, bytesDown: 0, missing: 0, received: 0, appended: 0, receipts: 0, lacking: 0 },
  };
  /** Ids, as latin1, of entries that the log has under another key: they differ until the member knows, too. */
  private readonly copies = new Set<string>();

  constructor(private readonly context: ReconcileContext) {}

  async run(settleMs: number): Promise<void> {
    const { now, held, limits } = this.context;
    const askedAt = now();
    const { clock, floor, pending } = await this.ask(NO_WINDOW, NO_MESSAGE);
    const answeredAt = now();
    this.counts.clockOffsetMs = Math.round(clock - (askedAt + answeredAt) / 2);
    // whole seconds, since that is what a key tells: one that has begun is compared
    const to = Math.max(floor, Math.floor((Math.min(answeredAt, clock) - settleMs) / 1000) + 1);
    const window = { from: floor, to };
    this.counts.from = floor * 1000;
    this.counts.to = to * 1000;
    // a pending entry may be hidden behind an equal one of the log; many of them are no matter for a comparison
    if (pending > 0) await this.fetch([], to);
    for (;;) {
      const heldBefore = held();
      const { have, need, complete } = await this.compare(window);
      const wanted = need.filter(({ id }) => !this.copies.has(id.toString('latin1')));
      this.counts.missing = this.counts.received + wanted.length;
      const isNews = wanted.length > 0 && (await this.fetch(wanted, 0));
      if (isNews && this.counts.rounds < limits.reconcile.roundsMax) continue;
      this.counts.complete = complete && !isNews;
      this.counts.lacking = await this.countHeld(have, heldBefore);
      return;
    }
  }

  /** One session of the protocol. */
  private async compare(window: Window): Promise<{ have: Item[]; need: Missing[]; complete: boolean }> {
    const { log, limits } = this.context;
    const reconciler = new Reconciler(new CurrentItems(log), { window, limits: limits.reconcile });
    this.counts.compared = countIn(log, window);
    const have: Item[] = [];
    const need: Missing[] = [];
    let complete = false;
    for (let message: Buffer | undefined = reconciler.initiate(); message;) {
      const answer = await this.ask(window, message);
      const step = reconciler.reconcile(answer.message);
      have.push(...step.have);
      need.push(...step.need);
      ({ message, complete } = step);
    }
    return { have, need, complete };
  }

  private async ask(window: Window, message: Buffer): Promise<ReconcileAnswer> {
    const { client, member, limits, stop } = this.context;
    const body = encodeReconcileRequest({ store: member.store, window, message });
    const request = { method: 'POST', path: RECONCILE_PATH, contentType: RECONCILE_TYPE } as const;
    const answer = await client.request({ ...request, body, signal: stop }, limits.reconcileBytesMax);
    this.counts.bytesUp += body.length;
    this.counts.bytesDown += answer.length;
    if (message.length > 0) this.counts.rounds += 1;
    return decodeReconcileAnswer(answer);
  }

  /**
   * Takes what the member sends of it, page by page as it arrives. Returns whether anything of it was news: a member
   * that sends what is known, whatever it was asked for, would be asked for ever.
   */
  private async fetch(missing: readonly Missing[], pendingBefore: number): Promise<boolean> {
    const { client, member, limits, stop, log, admit } = this.context;
    const body = encodeEntriesRequest({ store: member.store, missing, pendingBefore });
    const request = { method: 'POST', path: ENTRIES_PATH, contentType: RECONCILE_TYPE } as const;
    const response = await client.open({ ...request, accept: FRAMES_TYPE, body, signal: stop });
    this.counts.bytesUp += body.length;
    const silence = { bytesMax: limits.pageBytesMax, silenceMs: limits.streamSilenceMs };
    const receiver = new EntriesReceiver(limits);
    const decoder = new MessageDecoder(limits.messageBytesMax);
    const writtenBefore = this.written;
    for await (const entries of pagesOf(this.counted(arriving(response, silence)), decoder, receiver)) {
      await admit?.();
      const { appended, receipts } = await log.appendCollected({ entries });
      this.counts.received += entries.length;
      this.counts.appended += appended;
      this.counts.receipts += receipts;
      this.counts.missing = Math.max(this.counts.missing, this.counts.received);
      this.noteCopies(entries);
    }
    receiver.end();
    return this.written > writtenBefore;
  }

  private get written(): number {
    return this.counts.appended + this.counts.receipts;
  }

  private noteCopies(entries: readonly Entry[]): void {
    for (const { key } of entries)
      if (!hasKey(this.context.log, key)) this.copies.add(key.toString('latin1', 4));
  }

  private async *counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of chunks) {
      this.counts.bytesDown += chunk.length;
      yield chunk;
    }
  }

  /** Of entries that the member has not: those that it acknowledged. The others are on their way to it. */
  private async countHeld(items: readonly Item[], held: number): Promise<number> {
    let count = 0;
    for (const { timestamp, id } of held === 0 ? [] : items) {
      this.context.stop.throwIfAborted();
      const key = keyOf(timestamp, id);
      const [entry] = await this.context.log.find(key);
      if (entry && entry.sequence !== null && entry.sequence <= held) count += 1;
    }
    return count;
  }
}

function countIn({ fingerprints }: OrderedLog, { from, to }: Window): number {
  return fingerprints.lowerBound(to, NO_MESSAGE) - fingerprints.lowerBound(from, NO_MESSAGE);
}

function hasKey({ fingerprints }: OrderedLog, key: EntryKey): boolean {
  const index = fingerprints.lowerBound(key.readUInt32BE(0), key.subarray(4));
  return index < fingerprints.size && fingerprints.keyAt(index).equals(key);
}

function keyOf(timestamp: number, id: Buffer): EntryKey {
  const key = Buffer.alloc(4 + id.length);
  key.writeUInt32BE(timestamp, 0);
  id.copy(key, 4);
  return key as EntryKey;
}
