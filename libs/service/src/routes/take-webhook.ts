import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type EntryKind, identify, ObjectIdError } from '@hooklog/object-id';
import type { Candidate, Header, OrderedLog } from '@hooklog/ordered-log';
import { LOCAL_CONCERN } from '@hooklog/sync-protocol';
import { type BodyReader, sourceOf } from '../http/body-reader';
import type { Overload } from '../http/overload';
import { Measures, NO_SOURCE } from '../measures/measures';
import type { DiskGuard } from '../store/disk-guard';
import { acknowledgedText } from './acknowledged';
import { keptHeaders } from './kept-headers';
import { queryOf } from './query';
import { ALONE, aloneOf, Client, concernIn, confirmed, type WriteConcerns } from './write-concern';

export interface TakeWebhookOptions {
  readonly log: OrderedLog;
  readonly now: () => number;
  readonly bodies: BodyReader;
  readonly disk: DiskGuard;
  readonly overload: Overload;
  /** as the log has it; 0: each receipt is an event of its own, and gets an event id that says so */
  readonly dedupWindowSeconds: number;
  /** what a wc above 1 waits for; none: this node is alone */
  readonly concerns?: WriteConcerns;
  /** none: nobody asks what was counted */
  readonly measures?: Measures;
}

/** What POST /webhook does, whichever door the request came through: nothing here knows Express. */
export type TakeWebhook = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

export function takeWebhook(options: TakeWebhookOptions): TakeWebhook {
  const { bodies, disk, log, overload, concerns = ALONE, measures = new Measures() } = options;
  const { answers, phases } = measures;
  const stored = measures.stored(NO_SOURCE);
  return async (req, res) => {
    const place = overload.enter(sourceOf(req));
    try {
      const asked = concernIn({ query: queryOf(req) });
      // here and below nothing is awaited that is known: in great numbers each microtask counts
      if (disk.isFresh) disk.refuseFull();
      else await disk.admit();
      let at = performance.now();
      const body = await bodies.read(req, res);
      at = phases.end('read', at);
      const isLocal = asked.concern === LOCAL_CONCERN;
      if (!isLocal) concerns.admit(asked.concern);
      const kind = kindOf(req.headers['content-type']);
      const candidate = candidateOf(options, body, kind, keptHeaders(req.headers));
      at = phases.end('identify', at);
      const appended = await log.append(candidate);
      at = phases.end('commit', at);
      // who waits for other nodes takes no place from those who do not
      place.leave();
      const acknowledged = isLocal
        ? aloneOf(appended)
        : await confirmed(concerns, asked, new Client(res), appended);
      if (!isLocal) phases.end('replicate', at);
      const text = acknowledgedText(acknowledged);
      res.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': text.length });
      res.end(text, 'latin1');
      answers.add(stored);
    } finally {
      place.leave();
    }
  };
}

const JSON_DOCUMENT = 'application/json';
const JSON_TYPE = `${JSON_DOCUMENT}; charset=utf-8`;

/** @throws ObjectIdError */
export function candidateOf(
  { log, now, dedupWindowSeconds }: TakeWebhookOptions,
  body: Buffer,
  kind: EntryKind,
  headers: readonly Header[],
): Candidate {
  if (body.length === 0) throw new ObjectIdError('EMPTY_BODY', 'a webhook has a body');
  const receivedAt = log.receivedAt(now());
  if (dedupWindowSeconds > 0) {
    const { key, digest } = identify(body, receivedAt, { kind });
    return { key, receivedAt, digest, kind, headers, body };
  }
  const eventId = randomUUID();
  const { key, digest } = identify(body, receivedAt, { kind, eventId });
  return { key, receivedAt, digest, kind, eventId, headers, body };
}

/** application/json and every +json (RFC 6839) is a document; everything else is bytes. */
export function kindOf(contentType: string | undefined): EntryKind {
  if (contentType === JSON_DOCUMENT) return 'json';
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === JSON_DOCUMENT || type.endsWith('+json') ? 'json' : 'bytes';
}
