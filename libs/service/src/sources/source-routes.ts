import { Router } from 'express';
import { methodNotAllowed } from '../http/routes';
import { RequestError } from '../problem/request-error';
import type { Quarantine, QuarantinedDelivery } from './quarantine';
import type { SourceDoor } from './source-door';

export interface SourceRoutesOptions {
  readonly door: SourceDoor;
  readonly quarantine: Quarantine;
}

const PAGE_ENTRIES_MAX = 100;
const ID = /^[1-9]\d{0,14}$/;

/**
 * POST and GET /webhook/:source; GET /quarantine?after=, POST /quarantine/:id/verify, DELETE /quarantine/:id. The app
 * puts the token check in front of /quarantine.
 */
export function sourceRoutes({ door, quarantine }: SourceRoutesOptions): Router {
  const router = Router();
  const onlyPost = methodNotAllowed('POST');
  router
    .route('/webhook/:source')
    .post((req, res) => door.take(req.params.source, req, res))
    .get((req, res, next) => {
      const query = new URLSearchParams(req.url.split('?', 2)[1] ?? '');
      if (!door.greet(req.params.source, query, res)) onlyPost(req, res, next);
    })
    .all(onlyPost);
  router
    .route('/quarantine')
    .get(async (req, res) => res.json(await pageOf(quarantine, readCursor(req.query['after']))))
    .all(methodNotAllowed('GET', 'HEAD'));
  router
    .route('/quarantine/:id')
    .delete(async (req, res) => {
      if (!(await quarantine.remove(readId(req.params.id)))) throw unknown();
      res.status(204).end();
    })
    .all(methodNotAllowed('DELETE'));
  router
    .route('/quarantine/:id/verify')
    .post(async (req, res) => {
      const delivery = await quarantine.find(readId(req.params.id));
      if (delivery === undefined) throw unknown();
      res.json(await door.promote(delivery));
    })
    .all(onlyPost);
  return router;
}

/** One more than the page has is looked for: it alone tells whether there is a next page. */
async function pageOf(quarantine: Quarantine, after: number): Promise<object> {
  const entries: object[] = [];
  let last = after;
  for await (const delivery of quarantine.list(after)) {
    if (entries.length === PAGE_ENTRIES_MAX) return { entries, next: last };
    entries.push(aboutOf(delivery));
    last = delivery.id;
  }
  return { entries, next: null };
}

/** Neither its headers nor its body: nobody knows who sent them. */
function aboutOf({ id, source, receivedAt, reason, headers, body }: QuarantinedDelivery): object {
  return { id, source, receivedAt, reason, contentType: headers['content-type']?.[0], bytes: body.length };
}

function readCursor(text: unknown): number {
  if (text === undefined) return 0;
  if (typeof text === 'string' && ID.test(text)) return Number(text);
  throw new RequestError('INVALID_CURSOR', 'after must be the next of an earlier page.');
}

function readId(text: string): number {
  if (ID.test(text)) return Number(text);
  throw unknown();
}

function unknown(): RequestError {
  return new RequestError(
    'UNKNOWN_QUARANTINED',
    'It was promoted, deleted, or had to make room for newer ones.',
  );
}
