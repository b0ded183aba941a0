import type { ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { RequestError } from '../problem/request-error';

interface Part {
  readonly name: string;
  readonly close: () => Promise<void> | void;
}

/**
 * How a node ends: new requests are refused, those under way finish, then what was opened closes in
 * reverse order.
 */
export class Stop {
  readonly #abort = new AbortController();
  readonly #parts: Part[] = [];
  #requests = 0;
  #idle: (() => void) | undefined;

  /** Aborted when the stop begins: streams that would never end by themselves end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get stopping(): boolean {
    return this.signal.aborted;
  }

  /** In front of all routes but health. */
  readonly gate: RequestHandler = (_req, res, next) => {
    this.enter(res);
    next();
  };

  /**
   * Counts a request until it is over.
   * @throws RequestError STOPPING once the node stops
   */
  enter(res: ServerResponse): void {
    if (this.stopping) {
      const headers = { connection: 'close' };
      throw new RequestError('STOPPING', 'This node is stopping. Nothing was stored.', { headers });
    }
    this.#requests += 1;
    res.on('close', this.#leave);
  }

  /** What is opened later is closed earlier. */
  closes(name: string, close: Part['close']): void {
    this.#parts.push({ name, close });
  }

  /** @param graceMs how long requests under way have; then they are cut by what closes */
  async run(graceMs: number, logger: Logger): Promise<void> {
    this.#abort.abort();
    await this.#settled(graceMs);
    if (this.#requests > 0)
      logger.warn({ requests: this.#requests }, 'requests cut: they took too long to finish');
    for (const { name, close } of this.#parts.splice(0).reverse()) {
      logger.debug({ part: name }, 'closing');
      await close();
    }
  }

  readonly #leave = (): void => {
    this.#requests -= 1;
    if (this.#requests === 0) this.#idle?.();
  };

  #settled(graceMs: number): Promise<void> {
    if (this.#requests === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
