import { randomUUID } from 'node:crypto';
import {
  type EntryKey,
  type EntryKind,
  identify,
  type ObjectId,
  ObjectIdError,
  parseEntryKey,
  parseObjectId,
  printEntryKey,
} from '@hooklog/object-id';
import type { Appended, OrderedLog, StoredEntry } from '@hooklog/ordered-log';
import { type Request, type Response, Router } from 'express';
import { answerStream } from '../http/answer-stream';
import type { BodyReader } from '../http/body-reader';
import { methodNotAllowed } from '../http/routes';
import { RequestError } from '../problem/request-error';
import type { DiskGuard } from '../store/disk-guard';
import { entryJson } from './entry-json';
import { keptHeaders } from './kept-headers';
import { integerIn, keyCursorIn, timeRangeIn } from './query';
import { acknowledgedJson, ALONE, appendWithConcern, concernIn, type WriteConcerns } from './write-concern';

export interface WebhookRoutesOptions {
  readonly log: OrderedLog;
  readonly now: () => number;
  readonly bodies: BodyReader;
  readonly disk: DiskGuard;
  /** as the log has it; 0: each receipt is an event of its own, and gets an event id that says so */
  readonly dedupWindowSeconds: number;
  /** what a wc above 1 waits for; none: this node is alone */
  readonly concerns?: WriteConcerns;
}

const PAGE_ENTRIES = 100;
const PAGE_ENTRIES_MAX = 1_000;
const KEY_DIGITS = 72;

/** POST /webhook?wc=&wtimeout=, GET /webhooks, GET /webhooks/:id. The app puts the token check in front of the last two. */
export function webhookRoutes(options: WebhookRoutesOptions): Router {
  const { log, bodies, disk, concerns = ALONE } = options;
  const router = Router();
  router
    .route('/webhook')
    .post(async (req, res) => {
      const asked = concernIn(req);
      await disk.admit();
      const body = await bodies.read(req, res);
      const append = () => appendWebhook(options, req, body);
      res.json(acknowledgedJson(await appendWithConcern(concerns, asked, res, append)));
    })
    .all(methodNotAllowed('POST'));
  router
    .route('/webhooks')
    .get((req, res) => answerPage(log, req, res))
    .all(methodNotAllowed('GET', 'HEAD'));
  router
    .route('/webhooks/:id')
    .get(async (req, res) => {
      const entry = await theOne(log, readId(req.params.id));
      res.type('application/json').send(Buffer.concat(entryJson(entry)));
    })
    .all(methodNotAllowed('GET', 'HEAD'));
  return router;
}

/** From the receipt time to the append nothing waits: `settledBefore` is exact because of it. */
function appendWebhook(options: WebhookRoutesOptions, req: Request, body: Buffer): Promise<Appended> {
  const { log, now, dedupWindowSeconds } = options;
  const kind = kindOf(req.get('content-type'));
  if (body.length === 0) throw new ObjectIdError('EMPTY_BODY', 'a webhook has a body');
  const event = dedupWindowSeconds === 0 ? { eventId: randomUUID() } : {};
  const receivedAt = log.receivedAt(now());
  const { key, digest } = identify(body, receivedAt, { kind, ...event });
  return log.append({ key, receivedAt, digest, kind, ...event, headers: keptHeaders(req.headers), body });
}

/** application/json and every +json (RFC 6839) is a document; everything else is bytes. */
function kindOf(contentType: string | undefined): EntryKind {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === 'application/json' || type.endsWith('+json') ? 'json' : 'bytes';
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
