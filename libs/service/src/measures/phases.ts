import { Histogram, SECONDS } from './histogram';

export const PHASES = ['read', 'identify', 'commit', 'replicate'] as const;

/**
 * What a webhook spends its time with. `read`: until its body is there; `identify`: its sender's signature, canonical
 * form, digest and key;
 * `commit`: until it is durable here; `replicate`: until enough other nodes have it, where its sender asked for that.
 */
export type Phase = (typeof PHASES)[number];

/** How long the phases of webhooks took. Only those count that came to their end. */
export class Phases {
  readonly read = new Histogram(SECONDS);
  readonly identify = new Histogram(SECONDS);
  readonly commit = new Histogram(SECONDS);
  readonly replicate = new Histogram(SECONDS);

  /**
   * A phase is over.
   * @param startedAt ms of `performance.now()`
   * @returns the same clock now: the next phase begins
   */
  end(phase: Phase, startedAt: number): number {
    const now = performance.now();
    this[phase].observe((now - startedAt) / 1000);
    return now;
  }
}
