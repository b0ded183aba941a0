import type { Response } from 'express';
import { LogError } from '@hooklog/ordered-log';
import type { ClusterLogger } from '@hooklog/sync-protocol';
import type { PeerLimits } from './limits';
import { PacedWriter } from './paced-writer';

export interface StreamedAnswer {
  readonly response: Response;
  readonly stop: AbortSignal;
  readonly limits: PeerLimits;
  readonly logger: ClusterLogger;
}

/** Ends the answer when all is written. A failure is thrown while an error can still be answered, else it cuts. */
export async function streamAnswer(
  { response, stop, limits, logger }: StreamedAnswer,
  write: (writer: PacedWriter) => Promise<void>,
): Promise<void> {
  const writer = new PacedWriter(response, stop, limits.streamSilenceMs);
  try {
    await write(writer);
    response.end();
  } catch (error) {
    const left = writer.gone.aborted;
    if (!response.headersSent && !response.destroyed) throw stop.aborted ? stopping() : error;
    if (!left) logger.warn({ err: error }, 'an answer to a peer was cut, it may ask again');
    response.destroy();
  } finally {
    writer.release();
  }
}

function stopping(): LogError {
  return new LogError('CLOSED', 'this node is stopping: ask again when it is back');
}
