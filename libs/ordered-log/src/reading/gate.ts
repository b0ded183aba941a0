import { LogError, storeFailed } from '../log-error';
import { isCorruption } from '../rows/database';

/** Stands before everything that reads: refuses after the close, and gives errors of databases their code. */
export class Gate {
  #closed = false;

  constructor(private readonly corrupted: (error: unknown) => LogError) {}

  close(): void {
    this.#closed = true;
  }

  /** @throws LogError CLOSED */
  pass(): void {
    if (this.#closed) throw new LogError('CLOSED', 'the log is closed');
  }

  async read<T>(read: () => Promise<T>): Promise<T> {
    this.pass();
    try {
      return await read();
    } catch (error) {
      throw this.#coded(error);
    }
  }

  async *walk<T>(walk: () => AsyncIterable<T>, limit = Infinity): AsyncGenerator<T> {
    this.pass();
    let left = limit;
    try {
      if (left <= 0) return;
      for await (const one of walk()) {
        yield one;
        if (--left <= 0) return;
      }
    } catch (error) {
      throw this.#coded(error);
    }
  }

  #coded(error: unknown): unknown {
    if (error instanceof LogError) return error;
    this.pass();
    if (isCorruption(error)) return this.corrupted(error);
    const { code } = (error ?? {}) as { readonly code?: unknown };
    return String(code).startsWith('LEVEL_') ? storeFailed(error) : error;
  }
}
