import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Once it is answered, the connection of a client that was refused is not read for a while. One that asks again at once
 * would be refused again, and refusals by the thousand keep the node from those whom it serves, and from connections
 * that wait to be opened: each turn of the event loop opens one.
 */
export function letRest(req: IncomingMessage, res: ServerResponse, restMs: number): void {
  const { socket } = req;
  // by then its body is read, or dropped
  req.once('close', () => {
    if (!res.shouldKeepAlive || socket.destroyed) return;
    socket.pause();
    setTimeout(() => socket.resume(), restMs).unref();
  });
}
