import { LogError, storeFailed } from './log-error';
import { damaged } from './log-rows';
import type { Position } from './position';

/** Stands before everything that reads: refuses after the close, and gives errors of databases their code. */
export class Gate {
  #closed = false;

  constructor(private readonly end: () => Position) {}

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
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'LEVEL_CORRUPTION')
      return damaged(this.end(), 'ends a log that LevelDB finds corrupt', error);
    return code.startsWith('LEVEL_') ? storeFailed(error) : error;
  }
}
