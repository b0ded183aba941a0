import {
  type EntryKey,
  type ObjectId,
  parseEntryKey,
  parseObjectId,
  printEntryKey,
} from '@hooklog/object-id';
import type { OrderedLog, StoredEntry } from '@hooklog/ordered-log';
import { type Request, type Response, Router } from 'express';
import { answerStream } from '../http/answer-stream';
import { methodNotAllowed } from '../http/routes';
import { RequestError } from '../problem/request-error';
import { entryJson } from './entry-json';
import { integerIn, keyCursorIn, timeRangeIn } from './query';
import type { TakeWebhook } from './take-webhook';

export interface WebhookRoutesOptions {
  readonly log: OrderedLog;
  readonly take: TakeWebhook;
  /** of POST /webhooks */
  readonly takeAll: TakeWebhook;
}

const PAGE_ENTRIES = 100;
const PAGE_ENTRIES_MAX = 1_000;
const KEY_DIGITS = 72;

/**
 * POST /webhook?wc=&wtimeout=, POST /webhooks?wc=&wtimeout=, GET /webhooks, GET /webhooks/:id. The app puts the token
 * check in front of all but the first.
 */
export function webhookRoutes({ log, take, takeAll }: WebhookRoutesOptions): Router {
  const router = Router();
  router.route('/webhook').post(take).all(methodNotAllowed('POST'));
  router
    .route('/webhooks')
    .get((req, res) => answerPage(log, req, res))
    .post(takeAll)
    .all(methodNotAllowed('GET', 'HEAD', 'POST'));
  router
    .route('/webhooks/:id')
    .get(async (req, res) => {
      const entry = await theOne(log, readId(req.params.id));
      res.type('application/json').send(Buffer.concat(entryJson(entry)));
    })
    .all(methodNotAllowed('GET', 'HEAD'));
  return router;
}

function readId(text: string): ObjectId | EntryKey {
  return text.length === KEY_DIGITS ? parseEntryKey(text) : parseObjectId(text);
}

async function theOne(log: OrderedLog, id: ObjectId | EntryKey): Promise<StoredEntry> {
  const [entry, ...others] = await log.find(id);
  if (entry === undefined) throw new RequestError('UNKNOWN_ID', `No entry has the id ${id.toString('hex')}.`);
  if (others.length === 0) return entry;
  throw new RequestError('AMBIGUOUS_ID', 'Ask for one of the candidates by its full key.', {
    members: { candidates: [entry, ...others].map(({ key }) => printEntryKey(key)) },
  });
}

async function answerPage(log: OrderedLog, req: Request, res: Response): Promise<void> {
  const after = keyCursorIn(req);
  const limit = integerIn(req, 'limit', { min: 1, max: PAGE_ENTRIES_MAX }, 'INVALID_LIMIT') ?? PAGE_ENTRIES;
  const range = { ...timeRangeIn(req), ...(after === undefined ? {} : { after }), limit: limit + 1 };
  await answerStream(req, res, 'application/json', pageJson(log.received(range), limit));
}

/** One entry more than the page has was asked for: it alone tells whether there is a next page. */
async function* pageJson(entries: AsyncIterable<StoredEntry>, limit: number): AsyncGenerator<Buffer[]> {
  let last: EntryKey | undefined;
  let count = 0;
  let next = 'null';
  yield [Buffer.from('{"entries":[')];
  for await (const entry of entries) {
    if (count === limit && last) next = `"${printEntryKey(last)}"`;
    if (count === limit) break;
    yield [Buffer.from(count === 0 ? '' : ','), ...entryJson(entry)];
    last = entry.key;
    count += 1;
  }
  yield [Buffer.from(`],"next":${next}}`)];
}
