import { setTimeout as pause } from 'node:timers/promises';
import type { RequestHandler } from 'express';
import type { Range } from '../settings/settings';

export interface AnswerDelayOptions {
  /** seconds; each request gets its own time between them */
  readonly seconds: Range;
  /** in [0, 1) */
  readonly random: () => number;
  /** resolves after `ms`, rejects when the signal aborts */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** once it aborts nothing is delayed any longer */
  readonly stop: AbortSignal;
}

/**
 * In front of a route: everything behind it happens after a random time, so that others can be tested against a
 * slow node. It delays before the work and not behind it: meanwhile this node really lacks what it was sent.
 * A request whose sender has left is not worked on.
 */
export function answerDelay(options: AnswerDelayOptions): RequestHandler {
  const { seconds, random, sleep = sleepUntil, stop } = options;
  return async (_req, res, next) => {
    const over = new AbortController();
    const end = (): void => over.abort();
    res.once('close', end);
    stop.addEventListener('abort', end);
    if (stop.aborted) end();
    const ms = 1000 * (seconds.lower + (seconds.upper - seconds.lower) * random());
    await sleep(ms, over.signal).catch(() => undefined);
    stop.removeEventListener('abort', end);
    res.off('close', end);
    if (!res.closed) next();
  };
}

function sleepUntil(ms: number, signal: AbortSignal): Promise<unknown> {
  return pause(ms, undefined, { signal });
}
