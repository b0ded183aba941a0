interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** 2023-11-14T22:13:20Z */
const BEGIN = 1_700_000_000_000;

/** Time as a test wants it: it passes in `pass` only, from one timer to the next. */
export class ManualClock {
  private readonly timers = new Set<Timer>();
  private elapsedMs = 0;
  private deferred = 0;

  now = (): number => this.elapsedMs + BEGIN;

  elapsed = (): number => this.elapsedMs;

  after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.elapsedMs + Math.max(0, ms), run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  };

  defer = (run: () => void): void => {
    this.deferred += 1;
    setImmediate(() => {
      this.deferred -= 1;
      run();
    });
  };

  /** Timers that were neither cancelled nor run. */
  get waiting(): number {
    return this.timers.size;
  }

  /** All that can happen without time passing has happened then. */
  async settle(): Promise<void> {
    // all else is done in microtasks, which end before the next turn of the event loop
    for (let quiet = 0; quiet < 2; quiet = this.deferred > 0 ? 0 : quiet + 1)
      await new Promise((resolve) => setImmediate(resolve));
  }

  async pass(ms: number): Promise<void> {
    const end = this.elapsedMs + ms;
    await this.settle();
    for (let next = this.nextBy(end); next; next = this.nextBy(end)) {
      this.elapsedMs = Math.max(this.elapsedMs, next.at);
      this.timers.delete(next);
      next.run();
      await this.settle();
    }
    this.elapsedMs = end;
  }

  private nextBy(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) if (timer.at <= end && timer.at < (next?.at ?? Infinity)) next = timer;
    return next;
  }
}
