import type { OrderedLog, Position, Tail } from '@hooklog/ordered-log';
import type { AppendRequest } from '../append-codec';
import { webhook } from './webhooks';

const AT = 1_700_000_000_000;

/** Webhooks of these texts, one second apart. */
export async function takeAll(log: OrderedLog, texts: readonly string[], at = AT): Promise<void> {
  for (const [i, text] of texts.entries()) await log.append(webhook(text, log.receivedAt(at + i * 1000)));
}

export async function textsIn(log: OrderedLog): Promise<string[]> {
  const texts: string[] = [];
  for await (const { body } of log.entries(0))
    texts.push((JSON.parse(body.toString()) as { text: string }).text);
  return texts;
}

/** The texts that wait for a master. */
export async function pendingIn(log: OrderedLog): Promise<string[]> {
  const texts: string[] = [];
  for await (const { body, sequence } of pendingOf(log))
    if (sequence === null) texts.push((JSON.parse(body.toString()) as { text: string }).text);
  return texts.sort();
}

function pendingOf(log: OrderedLog): ReturnType<OrderedLog['received']> {
  return log.received({ from: 0, to: 2 * AT });
}

/** What a leader sends behind a place of its log. */
export async function appendOf(
  leader: OrderedLog,
  follower: OrderedLog,
  previous: Position,
  fields: Partial<AppendRequest> = {},
): Promise<AppendRequest> {
  const [previousChain, records] = await Promise.all([leader.chainAt(previous), leader.records(previous)]);
  return {
    store: follower.store,
    cluster: leader.cluster,
    epoch: leader.tail.epoch,
    leader: { node: leader.node, url: `http://${leader.node}` },
    previous,
    previousChain: previousChain ?? Buffer.alloc(16, 0xee),
    commit: leader.committed,
    records,
    ...fields,
  };
}

export function at(sequence: number, n = 0): Position {
  return { sequence, n };
}

/** A log’s end without its chain, for comparing. */
export function endOf({ tail }: OrderedLog): Omit<Tail, 'chain'> {
  const { position, epoch } = tail;
  return { position, epoch };
}
