import { Acknowledgements, type ReplicationState, type WriteConcern } from '@hooklog/sync-protocol';

interface Wait {
  readonly sequence: number;
  readonly concern: WriteConcern;
  readonly end: () => void;
}

/** Requests that wait until their entry is durable on enough members: woken by acknowledgements, never by a poll. */
export class ConcernWaits {
  private readonly waits = new Set<Wait>();
  private stopped = false;

  /** @param held of each slave, its last sequence that is durable and equal to this log; 0: none */
  constructor(
    private readonly held: () => readonly number[],
    private readonly waitsMax: number,
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
    const state = (): ReplicationState => new Acknowledgements(this.held()).of(sequence, concern);
    const now = state();
    if (now.met || this.full || this.stopped || signal?.aborted) return Promise.resolve(now);
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        this.waits.delete(wait);
        resolve(state());
      };
      const timer = setTimeout(end, timeoutMs);
      const wait = { sequence, concern, end };
      signal?.addEventListener('abort', end);
      this.waits.add(wait);
    });
  }

  /** A member has acknowledged, has come or has gone. */
  changed(): void {
    if (this.waits.size === 0) return;
    const acknowledgements = new Acknowledgements(this.held());
    for (const wait of this.waits) {
      if (wait.sequence <= acknowledgements.reach(wait.concern)) wait.end();
    }
  }

  stop(): void {
    this.stopped = true;
    for (const wait of this.waits) wait.end();
  }
}
