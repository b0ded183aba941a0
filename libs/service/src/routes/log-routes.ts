import type { OrderedLog, StoredEntry } from '@hooklog/ordered-log';
import { onOneLine } from '@hooklog/sync-protocol';
import { type Request, type Response, Router } from 'express';
import { answerStream } from '../http/answer-stream';
import { methodNotAllowed } from '../http/routes';
import { bodyJson, entryJson } from './entry-json';
import { integerIn } from './query';

const SEQUENCES = { min: 0, max: Number.MAX_SAFE_INTEGER };
const LIMITS = { min: 1, max: Number.MAX_SAFE_INTEGER };
const LINE_END = Buffer.from('\n');

/** GET /log?after=&limit=, one entry a line in order of sequence; GET /get-all, the bodies in the same order. */
export function logRoutes({ log }: { readonly log: OrderedLog }): Router {
  const router = Router();
  router
    .route('/log')
    .get((req, res) => answerLog(log, req, res))
    .all(methodNotAllowed('GET', 'HEAD'));
  router
    .route('/get-all')
    .get((req, res) => answerStream(req, res, 'application/json', bodiesJson(log.entries(0))))
    .all(methodNotAllowed('GET', 'HEAD'));
  return router;
}

async function answerLog(log: OrderedLog, req: Request, res: Response): Promise<void> {
  const after = integerIn(req, 'after', SEQUENCES, 'INVALID_CURSOR') ?? 0;
  const limit = integerIn(req, 'limit', LIMITS, 'INVALID_LIMIT');
  const entries = log.entries(after, limit === undefined ? {} : { limit });
  await answerStream(req, res, 'application/x-ndjson', linesJson(entries));
}

async function* linesJson(entries: AsyncIterable<StoredEntry>): AsyncGenerator<Buffer[]> {
  for await (const entry of entries) yield [...entryJson(entry).map(onOneLine), LINE_END];
}

async function* bodiesJson(entries: AsyncIterable<StoredEntry>): AsyncGenerator<Buffer[]> {
  let separator = '[';
  for await (const entry of entries) {
    yield [Buffer.from(separator), ...bodyJson(entry)];
    separator = ',';
  }
  yield [Buffer.from(separator === '[' ? '[]' : ']')];
}
