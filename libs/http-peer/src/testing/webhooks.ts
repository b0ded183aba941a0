import { identify } from '@hooklog/object-id';
import type { Candidate, OrderedLog } from '@hooklog/ordered-log';

/** A webhook as a node takes it; equal text at equal times is the same entry. */
export function webhook(text: string, receivedAt: number): Candidate {
  const body = Buffer.from(JSON.stringify({ text }));
  const { key, digest } = identify(body, receivedAt);
  return { key, digest, receivedAt, kind: 'json', headers: [], body };
}

/** Takes `count` different webhooks, `gapMs` apart. */
export async function take(
  log: OrderedLog,
  prefix: string,
  count: number,
  firstAt: number,
  gapMs = 1,
): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => i);
  await Promise.all(
    numbers.map((i) => log.append(webhook(`${prefix} ${i}`, log.receivedAt(firstAt + i * gapMs)))),
  );
}

/** Bodies in the order of the log. */
export async function bodiesOf(log: OrderedLog): Promise<string[]> {
  const bodies: string[] = [];
  for await (const { body } of log.entries(0))
    bodies.push((JSON.parse(body.toString()) as { text: string }).text);
  return bodies;
}
