import type { Ports } from './ports';

export type After = Ports['after'];

/** Made once: each would cost more than most waits, with its stack. */
const OVER = Object.assign(new Error('the wait is over'), { name: 'AbortError', code: 'ABORT_ERR' });

/** What ends a wait early. A signal is one; for a single request there are cheaper ones. */
export interface Leaving {
  /** it has ended already: no listener will be called */
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * A wait that ends at a time, when it is woken, or when `stop` does. `release` it: its timer and its place in
 * `stop` end only then.
 */
export class Waiting implements Leaving {
  private readonly listeners = new Set<() => void>();
  private controller: AbortController | undefined;
  private cancel: (() => void) | undefined;
  private late = false;
  private ended = false;
  private readonly wake = (): void => {
    if (this.ended) return;
    this.ended = true;
    this.controller?.abort(OVER);
    for (const listener of this.listeners) listener();
  };

  constructor(
    private readonly stop: Leaving,
    private readonly after: After,
  ) {
    stop.addEventListener('abort', this.wake);
    if (stop.aborted) this.wake();
  }

  /** True when the wait is over. */
  get aborted(): boolean {
    return this.ended;
  }

  /** Aborted when the wait is over. Made when it is asked for: it costs more than the wait, which is one itself. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.ended) this.controller.abort(OVER);
    return this.controller.signal;
  }

  /** True when the time was over first. */
  get expired(): boolean {
    return this.late;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.delete(listener);
  }

  /** (Re)starts the time after which the wait is over. */
  expireIn(ms: number): this {
    this.keepOpen();
    this.cancel = this.after(ms, () => {
      this.late = !this.ended;
      this.wake();
    });
    return this;
  }

  /** From now on only `stop` ends it. */
  keepOpen(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  async over(): Promise<void> {
    if (this.ended) return;
    await new Promise<void>((resolve) => this.listeners.add(resolve));
  }

  release(): void {
    this.keepOpen();
    this.stop.removeEventListener('abort', this.wake);
    this.wake();
  }
}

/** The pauses of one loop: one at a time, ended early by `wake`. */
export class Rest {
  private waiting: Waiting | undefined;
  private woken = false;

  constructor(
    private readonly stop: AbortSignal,
    private readonly after: After,
  ) {}

  /** Resolves after `ms`, when woken, at stop, or when `until` resolves. @returns true when it was woken */
  async for(ms: number, until?: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const waiting = new Waiting(this.stop, this.after).expireIn(ms);
    this.waiting = waiting;
    this.woken = false;
    try {
      await (until ? until(waiting.signal) : waiting.over());
      return this.woken;
    } finally {
      waiting.release();
    }
  }

  wake(): void {
    this.woken = true;
    this.waiting?.release();
  }
}
