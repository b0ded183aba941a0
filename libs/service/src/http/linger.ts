import type { IncomingMessage, ServerResponse } from 'node:http';

/** A rest of this size is read and dropped by node itself, and the connection stays. */
const SHORT_BODY_BYTES_MAX = 64 * 1024;
/** How long, and how far, a refused body is read on, so that its sender sees the answer instead of a reset. */
const LINGER_MS = 2_000;
const LINGER_BYTES_MAX = 64 * 1024 * 1024;

/** Whether more of the body may come than is worth keeping the connection for. */
export function hasLongBodyLeft(req: IncomingMessage): boolean {
  if (req.complete) return false;
  if (req.headers['transfer-encoding'] !== undefined) return true;
  return Number(req.headers['content-length'] ?? 0) > SHORT_BODY_BYTES_MAX;
}

/**
 * Answers while the client still sends, then closes. A close with unread bytes resets the
 * connection, and a reset can take the answer away from a client that has not read it yet: so the
 * answer goes out whole, the body is dropped for a while, and only then the connection ends.
 */
export function endBeforeBody(req: IncomingMessage, res: ServerResponse, answer: Buffer): void {
  res.setHeader('connection', 'close');
  res.write(answer);
  let bytes = 0;
  const finish = (): void => {
    clearTimeout(timer);
    res.end();
  };
  const timer = setTimeout(finish, LINGER_MS).unref();
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES_MAX) finish();
  });
  req.once('end', finish).once('close', finish).resume();
}
