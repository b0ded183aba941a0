import { type Digest, parseDigest } from '@hooklog/object-id';
import type { OrderedLog, StoredEntry } from '@hooklog/ordered-log';
import { Router } from 'express';
import { answerStream } from '../http/answer-stream';
import { methodNotAllowed } from '../http/routes';
import { RequestError } from '../problem/request-error';
import { type Holders, messageJson } from './message-json';

const DIGEST = /^[0-9a-f]{64}$/i;

export interface MessageRoutesOptions {
  readonly log: OrderedLog;
  readonly holders: Holders;
}

/**
 * GET /messages, in order of sequence; GET /messages/:digest, by the SHA-256 of the text. On every
 * node, behind the routes that write messages or say who does.
 */
export function messageRoutes({ log, holders }: MessageRoutesOptions): Router {
  const router = Router();
  router
    .route('/messages')
    .get((req, res) => answerStream(req, res, 'application/json', messagesJson(log.entries(0), holders)))
    .all(methodNotAllowed('GET', 'HEAD', 'POST', 'PUT'));
  router
    .route('/messages/:digest')
    .get(async (req, res) => {
      const entry = await messageOf(log, req.params.digest);
      res.json({ message: entry.body.toString() });
    })
    .all(methodNotAllowed('GET', 'HEAD', 'POST'));
  return router;
}

async function messageOf(log: OrderedLog, text: string): Promise<StoredEntry> {
  const digest: Digest | undefined = DIGEST.test(text) ? parseDigest(text.toLowerCase()) : undefined;
  const entry = digest && (await log.findDigest(digest, 'message'));
  if (entry !== undefined) return entry;
  throw new RequestError('UNKNOWN_MESSAGE', 'No message here has this SHA-256.', {
    members: { error: 'Message not found.', err_msg: 'Message not found' },
  });
}

async function* messagesJson(
  entries: AsyncIterable<StoredEntry>,
  holders: Holders,
): AsyncGenerator<Buffer[]> {
  let separator = '';
  yield [Buffer.from('{"data":[')];
  for await (const entry of entries) {
    if (entry.kind !== 'message') continue;
    const shown = messageJson({ ...entry, text: entry.body }, holders);
    yield [Buffer.from(separator + JSON.stringify(shown))];
    separator = ',';
  }
  yield [Buffer.from(']}')];
}
