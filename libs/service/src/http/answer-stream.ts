import { once } from 'node:events';
import type { Request, Response } from 'express';

/** Small parts are sent together. */
const CHUNK_BYTES = 64 * 1024;
/** A reader that takes nothing for so long is cut: it holds a snapshot of the store. */
const STALLED_READER_MS = 60_000;

/**
 * Answers with parts as they come, never ahead of the reader. What fails before the first chunk is
 * thrown and can still be answered as a problem; later the connection is cut.
 */
export async function answerStream(
  req: Request,
  res: Response,
  type: string,
  parts: AsyncIterable<readonly Buffer[]>,
): Promise<void> {
  res.setHeader('content-type', type);
  if (req.method === 'HEAD') return void res.end();
  res.setTimeout(STALLED_READER_MS, () => res.destroy());
  const left = new AbortController();
  res.once('close', () => left.abort());
  for await (const chunk of gather(parts)) {
    if (left.signal.aborted) return;
    if (!res.write(chunk)) await once(res, 'drain', { signal: left.signal });
  }
  res.end();
}

async function* gather(parts: AsyncIterable<readonly Buffer[]>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const part of parts) {
    waiting.push(...part);
    bytes += part.reduce((sum, piece) => sum + piece.length, 0);
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}
