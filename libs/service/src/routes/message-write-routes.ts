import { randomUUID } from 'node:crypto';
import type { Appended, Candidate, OrderedLog } from '@hooklog/ordered-log';
import { parseConcern } from '@hooklog/sync-protocol';
import { type Request, type Response, Router } from 'express';
import { type BodyReader, sourceOf } from '../http/body-reader';
import type { Overload } from '../http/overload';
import { methodNotAllowed } from '../http/routes';
import { RequestError } from '../problem/request-error';
import type { DiskGuard } from '../store/disk-guard';
import { messageCandidate } from '../store/message-candidate';
import { type Acknowledged, acknowledgedJson } from './acknowledged';
import { refuseOtherCharset } from './json-body';
import { eventIdIn, readInsert, readMessage, type ReadMessage } from './message-body';
import { type Holders, messageJson } from './message-json';
import { appendWithConcern, type AskedConcern, concernIn, type WriteConcerns } from './write-concern';

export interface MessageWriteRoutesOptions {
  readonly log: OrderedLog;
  readonly now: () => number;
  readonly bodies: BodyReader;
  readonly disk: DiskGuard;
  readonly overload: Overload;
  readonly concerns: WriteConcerns;
  readonly holders: Holders;
}

/** A message and what became of it. */
interface Written {
  readonly text: Buffer;
  readonly candidate: Candidate;
  readonly acknowledged: Acknowledged;
}

/** How a route reads its request. */
interface Asked extends AskedConcern {
  readonly read: (body: Buffer) => ReadMessage;
}

/**
 * POST /insert, answered when all voting members have it; POST /messages?wc=, POST /messages/:wc and PUT
 * /messages?wc=. Only where the log leads. The app puts the token check in front.
 */
export function messageWriteRoutes(options: MessageWriteRoutesOptions): Router {
  const router = Router();
  const answer = async (req: Request, res: Response, asked: AskedConcern): Promise<void> =>
    void res.json(
      await writtenJson(options, await write(options, req, res, { ...asked, read: readMessage })),
    );
  router
    .route('/insert')
    .post(async (req, res) => {
      const asked = { ...concernIn(req), concern: 'all', read: readInsert } as const;
      res.json(acknowledgedJson((await write(options, req, res, asked)).acknowledged));
    })
    .all(methodNotAllowed('POST'));
  // who only wants a digest is answered like the older hasher did, who asks for nodes like the older write-concern service
  router
    .route('/messages')
    .post((req, res) => answer(req, res.status(201), concernIn(req)))
    .put((req, res) => answer(req, res, concernIn(req, 'majority')));
  router
    .route('/messages/:wc')
    .post((req, res) => answer(req, res, { ...concernIn(req), concern: parseConcern(req.params.wc) }));
  return router;
}

async function write(
  { log, now, bodies, disk, overload, concerns }: MessageWriteRoutesOptions,
  req: Request,
  res: Response,
  { read, concern, timeoutMs }: Asked,
): Promise<Written> {
  const place = overload.enter(sourceOf(req));
  try {
    refuseOtherCharset(req);
    const eventId = eventIdIn(req) ?? randomUUID();
    await disk.admit();
    const { text, concern: sent = concern } = read(await bodies.read(req, res));
    const asked = { concern: sent, timeoutMs };
    const candidate = messageCandidate(text, eventId, log.receivedAt(now()));
    const append = async (): Promise<Appended> => {
      const appended = sameText(await log.append(candidate), candidate);
      // who waits for other nodes takes no place from those who do not
      place.leave();
      return appended;
    };
    return { text, candidate, acknowledged: await appendWithConcern(concerns, asked, res, append, eventId) };
  } finally {
    place.leave();
  }
}

function sameText(appended: Appended, { digest, eventId }: Candidate): Appended {
  if (appended.digest.equals(digest)) return appended;
  throw new RequestError(
    'EVENT_ID_REUSED',
    `Idempotency-Key ${eventId} is that of another text, and this one was not stored: give each message its own.`,
  );
}

async function writtenJson(
  { log, holders }: MessageWriteRoutesOptions,
  { text, candidate, acknowledged }: Written,
): Promise<object> {
  const { key, digest, sequence, duplicate } = acknowledged;
  const [first = candidate] = duplicate ? await log.find(key) : [];
  return messageJson({ text, digest, key, sequence, receivedAt: first.receivedAt }, holders);
}
