/** Lets readers wait for the next batch. */
export class Commits {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next `notify`, or when the signal aborts. */
  next(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal?.addEventListener('abort', done);
    });
  }

  notify(): void {
    for (const done of [...this.#waiting]) done();
  }
}
