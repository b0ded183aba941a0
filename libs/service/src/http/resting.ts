import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OverloadLimits } from './overload';

export type RestLimits = Pick<OverloadLimits, 'restMs' | 'restingMax'>;

/**
 * Once it is answered, the connection of a client that was refused is not read for a while. One that asks again at once
 * would be refused again, and refusals by the thousand keep the node from those whom it serves, and from connections
 * that wait to be opened: each turn of the event loop opens one.
 */
export class Resting {
  #connections = 0;

  constructor(private readonly limits: RestLimits) {}

  /** By the time it begins, the body of the request is read, or dropped. */
  after(req: IncomingMessage, res: ServerResponse): void {
    if (req.closed) this.#begin(req, res);
    else req.once('close', () => this.#begin(req, res));
  }

  /** That a client leaves is seen only afterwards: those who do must not take all places. */
  #begin({ socket }: IncomingMessage, res: ServerResponse): void {
    const { restMs, restingMax } = this.limits;
    if (!res.shouldKeepAlive || socket.destroyed || this.#connections >= restingMax) return;
    this.#connections += 1;
    socket.pause();
    const end = (): void => {
      this.#connections -= 1;
      socket.resume();
    };
    setTimeout(end, restMs).unref();
  }
}
