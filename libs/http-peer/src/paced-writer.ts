import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Waiting } from '@hooklog/sync-protocol';
import { after } from './timer';

/**
 * Writes a streamed answer at the pace of its reader. `gone` is aborted when the reader left, when it took nothing
 * for `silenceMs`, or at stop: whatever is done for this answer ends with it.
 */
export class PacedWriter {
  private readonly waiting: Waiting;
  private readonly leave = (): void => this.waiting.release();
  private heart: NodeJS.Timeout | undefined;

  constructor(
    private readonly response: ServerResponse,
    stop: AbortSignal,
    private readonly silenceMs: number,
  ) {
    this.waiting = new Waiting(stop, after);
    response.once('close', this.leave);
    if (response.destroyed) this.leave();
  }

  get gone(): AbortSignal {
    return this.waiting.signal;
  }

  /** While nothing else is written, writes a message each `everyMs`. */
  beat(everyMs: number, message: () => Buffer): void {
    this.heart = setInterval(() => {
      if (!this.gone.aborted && !this.response.writableNeedDrain) this.response.write(message());
    }, everyMs);
  }

  /** Resolves when the reader is ready for more. @throws AbortError once `gone` */
  async write(bytes: Buffer): Promise<void> {
    this.gone.throwIfAborted();
    this.heart?.refresh();
    if (this.response.write(bytes)) return;
    const timer = setTimeout(this.leave, this.silenceMs);
    try {
      await once(this.response, 'drain', { signal: this.gone });
    } finally {
      clearTimeout(timer);
    }
  }

  release(): void {
    clearInterval(this.heart);
    this.response.removeListener('close', this.leave);
    this.waiting.release();
  }
}
