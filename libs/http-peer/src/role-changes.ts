/** Those who wait for this node's next role. */
export class RoleChanges {
  private readonly waiting = new Set<() => void>();

  /** Resolves at the next change, or when the signal aborts. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        this.waiting.delete(end);
        resolve();
      };
      signal.addEventListener('abort', end);
      this.waiting.add(end);
    });
  }

  happened(): void {
    for (const end of this.waiting) end();
  }
}
