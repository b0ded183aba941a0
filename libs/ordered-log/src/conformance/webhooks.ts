import { identify } from '@hooklog/object-id';
import type { Candidate, Entry, StoredEntry } from '../entry';
import type { RawRecord } from '../frame/frame';
import { decodePendingFrame, decodeRecord } from '../frame/frame';
import type { LogError } from '../log-error';
import type { OrderedLog } from '../ordered-log';
import { START } from '../position';

/** 2025-11-20T00:53:20Z, a whole second (ms). */
export const NOON = 1_763_600_000_000;

export interface WebhookOptions {
  readonly at?: number;
  readonly source?: string;
  readonly eventId?: string;
  readonly isUnsigned?: boolean;
  readonly bytes?: number;
}

/** A webhook whose body tells its name; equal names are equal bodies. */
export function webhook(name: string | number, options: WebhookOptions = {}): Candidate {
  const { at = NOON, source, eventId, isUnsigned = false, bytes = 0 } = options;
  const body = Buffer.from(JSON.stringify({ name, padding: 'x'.repeat(bytes) }));
  const sender = { ...(source !== undefined && { source }), ...(eventId !== undefined && { eventId }) };
  const { key, digest } = identify(body, at, { ...sender, isUnsigned });
  return {
    key,
    digest,
    receivedAt: at,
    kind: 'json',
    ...sender,
    headers: [['content-type', 'application/json']],
    body,
  };
}

/** The same, as another store took it. */
export function taken(arrival: number, candidate: Candidate, store = 'aaaaaaaaaaaaaaaa'): Entry {
  return { ...candidate, origin: { node: 'other', store, arrival } };
}

export function nameOf(entry: Pick<Entry, 'body'>): string | number {
  return (JSON.parse(entry.body.toString()) as { name: string | number }).name;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export async function entriesOf(log: OrderedLog): Promise<(StoredEntry & { readonly sequence: number })[]> {
  return all(log.entries(0));
}

/** Names of the log's entries, by sequence. */
export async function namesOf(log: OrderedLog): Promise<(string | number)[]> {
  return (await entriesOf(log)).map(nameOf);
}

export async function recordsOf(log: OrderedLog, after = START): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  for (;;) {
    const page = await log.records(records.at(-1)?.position ?? after);
    if (page.length === 0) return records;
    records.push(...page);
  }
}

/** e.g. `['epoch (0, 1)', 'entry (1, 0)', 'receipt (1, 1)']` */
export async function shapeOf(log: OrderedLog): Promise<string[]> {
  const records = (await recordsOf(log)).map(decodeRecord);
  return records.map(({ type, position }) => `${type} (${position.sequence}, ${position.n})`);
}

/** What a follower is sent: everything behind its end. */
export async function replicate(from: OrderedLog, to: OrderedLog): Promise<void> {
  const records = await recordsOf(from, to.tail.position);
  const { position, chain } = to.tail;
  await to.appendReplica({ epoch: from.tail.epoch, previous: position, previousChain: chain, records });
}

/** What a follower does with all records of a writer: an end of its own is cut first. */
export async function follow(
  writer: OrderedLog,
  log: OrderedLog,
  epoch: number = writer.tail.epoch,
): Promise<void> {
  const records = await recordsOf(writer);
  const batch = { epoch, previous: START, previousChain: Buffer.alloc(16), records };
  try {
    await log.appendReplica(batch);
  } catch (error) {
    const { code, position } = error as LogError;
    if (code !== 'DIVERGED' || position === undefined) throw error;
    await log.cut({ after: position, epoch });
    await log.appendReplica(batch);
  }
}

/** What the writer does with a follower's pending entries. */
export async function collect(from: OrderedLog, to: OrderedLog): Promise<void> {
  const page = await from.pending(0);
  await to.appendCollected({ entries: page.map(({ frame, arrival }) => decodePendingFrame(frame, arrival)) });
}
