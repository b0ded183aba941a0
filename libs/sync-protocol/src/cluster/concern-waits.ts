import type { Acknowledgements, ReplicationState, WriteConcern } from '../write-concern';
import type { After } from './waiting';

interface Wait {
  readonly sequence: number;
  readonly concern: WriteConcern;
  readonly end: () => void;
}

/** Requests that wait until their entry is durable on enough members: woken by acknowledgements, never by a poll. */
export class ConcernWaits {
  private readonly waits = new Set<Wait>();
  private stopped = false;

  constructor(
    private readonly acknowledgements: () => Acknowledgements,
    private readonly waitsMax: number,
    private readonly after: After,
  ) {}

  get count(): number {
    return this.waits.size;
  }

  /** True when one more would not be waited for. */
  get full(): boolean {
    return this.waits.size >= this.waitsMax;
  }

  /** Resolves when it is met, after the time, when the signal aborts, at stop, or at once when full. Never rejects. */
  until(
    sequence: number,
    concern: WriteConcern,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ReplicationState> {
    const state = (): ReplicationState => {
      const now = this.acknowledgements().of(sequence, concern);
      return this.stopped ? { ...now, met: false } : now;
    };
    const now = state();
    if (now.met || this.full || this.stopped || signal?.aborted) return Promise.resolve(now);
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal?.removeEventListener('abort', end);
        this.waits.delete(wait);
        resolve(state());
      };
      const cancel = this.after(timeoutMs, end);
      const wait = { sequence, concern, end };
      signal?.addEventListener('abort', end);
      this.waits.add(wait);
    });
  }

  /** A member has acknowledged, has come or has gone. */
  changed(): void {
    if (this.waits.size === 0) return;
    const acknowledgements = this.acknowledgements();
    for (const wait of this.waits) {
      if (wait.sequence <= acknowledgements.reach(wait.concern)) wait.end();
    }
  }

  /** Nothing is promised any longer: a leader that is over may see its records cut. */
  stop(): void {
    this.stopped = true;
    for (const wait of this.waits) wait.end();
  }
}
