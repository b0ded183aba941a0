import type { Request, Response } from 'express';
import { openIdList, refuseOtherStore, type SecondsRange, SyncError } from '@hooklog/sync-protocol';
import type { OrderedLog } from '@hooklog/ordered-log';
import { writeMissingLines } from './diff-answer';
import type { PeerContext } from './peer-router';
import { writePending } from './pending-answer';
import { chunksWhile, discardRest } from './request-body';
import { FRAMES_TYPE, NDJSON_TYPE } from './routes';
import { streamAnswer } from './stream-answer';

/** The flat form of an id list without a range means these seconds before now. */
const DEFAULT_RANGE_SECONDS = { from: 300, to: 60 };

export async function answerPending(
  { log, now, stop, limits, logger }: PeerContext,
  request: Request,
  response: Response,
): Promise<void> {
  checkStore(log, request.query['store']);
  const after = wholeNumber(request.query['after'] ?? '0', 'after', Number.MAX_SAFE_INTEGER, 'BAD_FRAME');
  response.status(200).type(FRAMES_TYPE).flushHeaders();
  await streamAnswer({ response, stop, limits, logger }, (writer) =>
    writePending({ log, after, writer, now, limits }),
  );
}

export async function answerIdList(
  context: PeerContext,
  request: Request,
  response: Response,
): Promise<void> {
  const { log, now, stop, limits, logger } = context;
  if (request.query['store'] !== undefined) checkStore(log, request.query['store']);
  try {
    await streamAnswer({ response, stop, limits, logger }, async (writer) => {
      const list = await openIdList(
        chunksWhile(request, writer.gone, { silenceMs: limits.streamSilenceMs, code: 'BAD_ID_LIST' }),
      );
      const range = list.range ?? rangeOf(request, now());
      response.status(200).type(NDJSON_TYPE);
      await writeMissingLines({ ...context, range, listed: list.ids, writer });
    });
  } finally {
    discardRest(request);
  }
}

function checkStore(log: OrderedLog, store: unknown): void {
  if (typeof store !== 'string') throw new SyncError('BAD_FRAME', 'the query names no store');
  refuseOtherStore(log, store);
}

function rangeOf({ query }: Request, nowMs: number): SecondsRange {
  const nowSeconds = Math.floor(nowMs / 1000);
  const start = query['slave_range_start'] ?? String(nowSeconds - DEFAULT_RANGE_SECONDS.from);
  const end = query['slave_range_end'] ?? String(nowSeconds - DEFAULT_RANGE_SECONDS.to);
  const range = {
    start: wholeNumber(start, 'slave_range_start', 0xffff_ffff, 'BAD_ID_LIST'),
    end: wholeNumber(end, 'slave_range_end', 0xffff_ffff, 'BAD_ID_LIST'),
  };
  if (range.start > range.end)
    throw new SyncError('BAD_ID_LIST', 'slave_range_end is before slave_range_start');
  return range;
}

function wholeNumber(value: unknown, name: string, max: number, code: 'BAD_FRAME' | 'BAD_ID_LIST'): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (!(number <= max)) throw new SyncError(code, `${name} is a whole number from 0 to ${max}`);
  return number;
}
