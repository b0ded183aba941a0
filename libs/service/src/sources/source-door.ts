import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OrderedLog } from '@hooklog/ordered-log';
import type { HandshakeReason } from '@hooklog/webhook-signature';
import { type Acknowledged, acknowledgedJson, acknowledgedText } from '../routes/acknowledged';
import { allHeaders } from '../http/all-headers';
import { sourceOf } from '../http/body-reader';
import { nameSource } from '../http/request-mark';
import { Measures } from '../measures/measures';
import { RequestError, type RequestErrorCode } from '../problem/request-error';
import { keptHeaders, verifiableHeaders } from '../routes/kept-headers';
import { kindOf, type TakeWebhook, type TakeWebhookOptions } from '../routes/take-webhook';
import { ALONE } from '../routes/write-concern';
import type { Quarantine, QuarantinedDelivery } from './quarantine';
import { type EventFlag, SeenEvents } from './seen-events';
import type { RefusedReception, Source, SourceReason, Verified } from './source';
import { type SourceCandidate, sourceCandidate } from './source-candidate';
import { appendForSource } from './source-concern';
import type { FoundSource } from './sources';

export interface SourceDoorOptions extends TakeWebhookOptions {
  readonly sources: { find(name: string): FoundSource };
  readonly quarantine: Quarantine;
}

/** What the answer to a webhook says. */
type StoredDelivery = Acknowledged & {
  readonly source: string;
  readonly eventId: string | undefined;
  readonly flags: readonly EventFlag[];
};

/** The problem of each reason; the status differs. */
const PROBLEM_OF: Readonly<Record<SourceReason | HandshakeReason, RequestErrorCode>> = {
  MISSING_HEADER: 'SIGNATURE_REFUSED',
  DUPLICATE_HEADER: 'SIGNATURE_REFUSED',
  MALFORMED_HEADER: 'SIGNATURE_REFUSED',
  UNKNOWN_VERSION: 'SIGNATURE_REFUSED',
  WRONG_SIGNATURE: 'SIGNATURE_REFUSED',
  WRONG_TOKEN: 'SIGNATURE_REFUSED',
  TOO_OLD: 'SIGNATURE_REFUSED',
  TOO_NEW: 'SIGNATURE_REFUSED',
  MISSING_EVENT_ID: 'EVENT_ID_REFUSED',
  MALFORMED_EVENT_ID: 'EVENT_ID_REFUSED',
  AMBIGUOUS_EVENT_ID: 'EVENT_ID_REFUSED',
  BODY_NOT_JSON: 'EVENT_ID_REFUSED',
  MALFORMED_CHALLENGE: 'HANDSHAKE_REFUSED',
};

/** What POST /webhook does where sources are known: who could leave its name out would need no signature. */
export const refuseUnnamed: TakeWebhook = () =>
  Promise.reject(new RequestError('UNKNOWN_SOURCE', 'Name the source: POST /webhook/<source>.'));

/** What POST and GET /webhook/:source do, whichever door the request came through: nothing here knows Express. */
export class SourceDoor {
  readonly #seen: SeenEvents;
  readonly #measures: Measures;

  constructor(private readonly options: SourceDoorOptions) {
    this.#seen = new SeenEvents(options.log);
    this.#measures = options.measures ?? new Measures();
  }

  /** Takes one webhook of a source. Its own rules say how; the query says nothing. */
  async take(name: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { overload, disk, bodies, now, concerns = ALONE } = this.options;
    const startedAt = performance.now();
    const { phases, answers, signatureFailures } = this.#measures;
    const source = this.find(name);
    nameSource(req, name);
    const place = overload.enter(sourceOf(req));
    try {
      await disk.admit();
      let at = performance.now();
      const body = await bodies.read(req, res, source.rules.bodyBytesMax);
      at = phases.end('read', at);
      const reception = source.receive({ headers: allHeaders(req), body }, now());
      if (reception.kind === 'handshake') return answerChallenge(res, reception.challenge);
      if (reception.kind === 'refused') {
        signatureFailures.count(name, reception.reason);
        if (reception.quarantine) await this.#keep(source, reception.reason as SourceReason, req, body);
        throw refusal(reception);
      }
      if (reception.kind === 'limited') throw limited(reception.retryAfterMs);
      const receivedAt = this.options.log.receivedAt(now());
      const made = await this.#candidate(source, reception, req.headers, body, receivedAt);
      at = phases.end('identify', at);
      const leftMs = Math.max(1, source.rules.deadlineMs - Math.round(performance.now() - startedAt));
      const stored = await this.#store(source.name, made, async (log) => {
        const concern = { log, concerns, rules: source.rules, leftMs };
        return appendForSource(concern, res, async () => {
          const appended = await log.append(made.candidate);
          at = phases.end('commit', at);
          // who waits for other nodes takes no place from those who do not
          place.leave();
          return appended;
        });
      });
      const { required, acknowledged } = stored.replication;
      if (required > 1 && acknowledged >= required) phases.end('replicate', at);
      answer(res, stored);
      answers.add(this.#measures.stored(name));
    } finally {
      place.leave();
    }
  }

  /** Answers what a sender asks before it sends; false: it asks nothing of this kind. */
  greet(name: string, query: URLSearchParams, res: ServerResponse): boolean {
    const reception = this.find(name).greet(query);
    if (reception === undefined) return false;
    if (reception.kind !== 'handshake') throw refusal(reception, 'HANDSHAKE_REFUSED');
    answerChallenge(res, reception.challenge);
    return true;
  }

  /**
   * Verifies once more what was refused, as it would have been at its receipt, and takes it with that time.
   * @throws RequestError STILL_REFUSED, UNKNOWN_SOURCE, RETIRED_SOURCE
   */
  async promote(delivery: QuarantinedDelivery): Promise<object> {
    const { disk, quarantine } = this.options;
    const { headers, body, receivedAt, id } = delivery;
    const source = this.find(delivery.source);
    const verdict = source.verify({ headers, body }, receivedAt);
    if (!verdict.ok) {
      const { reason, message } = verdict;
      throw new RequestError('STILL_REFUSED', `It stays in quarantine: ${message}.`, { members: { reason } });
    }
    await disk.admit();
    const joined = Object.fromEntries(
      Object.entries(headers).map(([name, values]) => [name, values.join(', ')]),
    );
    const made = await this.#candidate(source, verdict, joined, body, receivedAt);
    const stored = await this.#store(source.name, made, async (log) => ({
      ...(await log.append(made.candidate)),
      replication: { acknowledged: 1, required: 1 },
    }));
    // only then: a crash in between leaves it here, and taking it again is taking a copy
    await quarantine.remove(id);
    return deliveryJson(stored);
  }

  /** @throws RequestError UNKNOWN_SOURCE, RETIRED_SOURCE */
  private find(name: string): Source {
    const found = this.options.sources.find(name);
    if (found.kind === 'active') return found.source;
    if (found.kind === 'retired')
      throw new RequestError('RETIRED_SOURCE', 'Nothing is taken from it any more.');
    throw new RequestError('UNKNOWN_SOURCE', 'This node knows no sender of this name.');
  }

  #candidate(
    source: Source,
    { event }: Pick<Verified, 'event'>,
    headers: IncomingMessage['headers'],
    body: Buffer,
    receivedAt: number,
  ): SourceCandidate | Promise<SourceCandidate> {
    const { dedupWindowSeconds } = this.options;
    const kind = kindOf(headers['content-type']);
    const delivery = { source: source.name, event, kind, headers: keptHeaders(headers), body };
    return sourceCandidate(delivery, receivedAt, { seen: this.#seen, dedupWindowSeconds });
  }

  /** A copy has the flags of the entry that it is a copy of. */
  async #store(
    source: string,
    { candidate: { eventId }, seen }: SourceCandidate,
    append: (log: OrderedLog) => Promise<Acknowledged>,
  ): Promise<StoredDelivery> {
    try {
      const acknowledged = await append(this.options.log);
      const isCopy = seen !== undefined && acknowledged.duplicate;
      const flags = isCopy ? await this.#seen.storedFlags(acknowledged.key) : seen?.flags;
      return { ...acknowledged, source, eventId, flags: flags ?? [] };
    } finally {
      seen?.leave();
    }
  }

  async #keep(source: Source, reason: SourceReason, req: IncomingMessage, body: Buffer): Promise<void> {
    const { log, now, quarantine } = this.options;
    const { name, needed, rules } = source;
    if (needed === undefined) return;
    const headers = verifiableHeaders(req.headersDistinct, needed);
    await quarantine.keep(
      { source: name, receivedAt: log.receivedAt(now()), reason, headers, body },
      rules.quarantine,
    );
  }
}

function refusal(
  { reason, message }: RefusedReception<SourceReason | HandshakeReason>,
  code = PROBLEM_OF[reason],
): RequestError {
  return new RequestError(code, sentence(message), { members: { reason } });
}

function sentence(message: string): string {
  return `${message[0]!.toUpperCase()}${message.slice(1)}.`;
}

function limited(retryAfterMs: number): RequestError {
  return new RequestError('RATE_LIMITED', 'This source has sent as much as it may. Nothing was stored.', {
    headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) },
  });
}

/** As plain text: nothing that a browser would run. */
function answerChallenge(res: ServerResponse, challenge: string): void {
  res.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': challenge.length,
    'x-content-type-options': 'nosniff',
  });
  res.end(challenge);
}

function deliveryJson(stored: StoredDelivery): object {
  const { source, eventId, flags } = stored;
  return { ...acknowledgedJson(stored), source, eventId, flags };
}

/** The same in ASCII, without the cost of printing what needs no escapes: only event ids have letters of any kind. */
function answer(res: ServerResponse, stored: StoredDelivery): void {
  const { source, eventId, flags } = stored;
  const event = eventId === undefined ? '' : `"eventId":${asciiJson(eventId)},`;
  const kinds = flags.length === 0 ? '' : `"${flags.join('","')}"`;
  const text = `${acknowledgedText(stored).slice(0, -1)},"source":"${source}",${event}"flags":[${kinds}]}`;
  res.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': text.length });
  res.end(text, 'latin1');
}

/** Needs no escape: neither a quotation mark nor a backslash. */
const PLAIN = /^[ !#-[\]-~]*$/;
const BEYOND_ASCII = /[^ -~]/g;

function asciiJson(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    BEYOND_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
