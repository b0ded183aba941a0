import { type Compared, Comparison, type Window } from '@hooklog/sync-protocol';
import type { AskedNode, Opened } from './asked-node';

export interface Verified extends Compared {
  readonly window: Window;
  readonly opened: { readonly first: Opened; readonly second: Opened };
}

/**
 * Compares what two nodes keep, up to `settleSeconds` before the clock that is behind: what came later may still be
 * on its way. Entries from before either floor are not compared, since one node may have deleted them.
 */
export async function verify(first: AskedNode, second: AskedNode, settleSeconds: number): Promise<Verified> {
  const opened = { first: await first.open(), second: await second.open() };
  const window = windowOf(opened, settleSeconds);
  const comparison = new Comparison();
  for (let question = comparison.next(); question !== undefined; question = comparison.next()) {
    const node = question.to === 'first' ? first : second;
    const answer = await node.answer(window, question.message);
    try {
      comparison.take(answer);
    } catch (error) {
      throw node.explained(error);
    }
  }
  return { ...comparison.result, window, opened };
}

function windowOf({ first, second }: Verified['opened'], settleSeconds: number): Window {
  const from = Math.max(first.floor, second.floor);
  const to = Math.floor(Math.min(first.clockMs, second.clockMs) / 1000) - settleSeconds;
  if (from >= to)
    throw new Error(
      `nothing to compare: the nodes keep what came from ${isoTime(from)} on, and it has settled up to ${isoTime(to)}`,
    );
  return { from, to };
}

/** To the second. A second that no date can have is told as a number. */
export function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace('.000Z', 'Z');
}
