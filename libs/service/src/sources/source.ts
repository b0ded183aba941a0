import { LOCAL_CONCERN, type WriteConcern } from '@hooklog/sync-protocol';
import {
  createEventIdReader,
  createMetaHandshake,
  createVerifier,
  type EventIdReader,
  type EventIdReason,
  type Handshake,
  type HandshakeReason,
  type RefusalReason,
  type Refused,
  SchemeError,
  slackHandshake,
  type Verifier,
  type WebhookRequest,
} from '@hooklog/webhook-signature';
import { RateLimit } from './rate-limit';
import { readSecrets, type SecretPlaces } from './read-secrets';
import type { ActiveSourceConfig, HandshakeConfig, QuarantineLimits } from './source-config';
import { SourcesError } from './sources-error';
import { neededHeaders } from './needed-headers';

/** What a source says of the webhooks that it sends, whatever is in them. */
export interface SourceRules {
  readonly writeConcern: WriteConcern;
  /** from the first byte of a request to its answer */
  readonly deadlineMs: number;
  /** what is answered when the write concern is not met by then: 200, or an error upon which the sender tries again */
  readonly onTimeout: 'accept' | 'refuse';
  /** undefined: the node's own limit alone */
  readonly bodyBytesMax: number | undefined;
  readonly quarantine: QuarantineLimits;
}

/** The sender's name of an event. One that is not signed can be changed by whoever saw the request. */
export interface EventName {
  readonly id: string;
  readonly signed: boolean;
}

export type SourceReason = RefusalReason | EventIdReason;

export interface Verified {
  readonly ok: true;
  /** index of the secret that matched */
  readonly secret: number;
  /** undefined: the source has no rule for one */
  readonly event: EventName | undefined;
}

export interface RefusedReception<Reason extends string> {
  readonly kind: 'refused';
  readonly reason: Reason;
  readonly message: string;
  /** whether it may become a webhook once a secret or a rule is corrected */
  readonly quarantine: boolean;
}

export type Greeting =
  { readonly kind: 'handshake'; readonly challenge: string } | RefusedReception<HandshakeReason>;

export type Reception =
  | { readonly kind: 'verified'; readonly event: EventName | undefined }
  | { readonly kind: 'limited'; readonly retryAfterMs: number }
  | RefusedReception<SourceReason>
  | Greeting;

interface SourceParts {
  readonly verifier: Verifier;
  readonly readEventId: EventIdReader | undefined;
  readonly greetMeta: ((query: URLSearchParams) => Handshake) | undefined;
  readonly greetsSlack: boolean;
  readonly rate: RateLimit | undefined;
}

const DEADLINE_MS = 8_000;
/** Below the time after which each gives up, as its documentation has it: 10 s, 10 s, 5 s, 3 s. */
const DEADLINES_MS: Readonly<Record<string, number>> = {
  github: 8_000,
  gitlab: 8_000,
  shopify: 4_000,
  slack: 2_000,
};
/** Senders that never try again: what they are refused is lost. */
const NEVER_RETRY: readonly string[] = ['github'];
const QUARANTINE: QuarantineLimits = { entriesMax: 100, bytesMax: 4 * 1024 * 1024 };

/** One sender: who it is, and how what it sends is taken. */
export class Source {
  private constructor(
    readonly name: string,
    readonly rules: SourceRules,
    /** names of headers without which it cannot be verified again; undefined: it shows a secret, which is never kept */
    readonly needed: readonly string[] | undefined,
    private readonly parts: SourceParts,
  ) {}

  /**
   * @param path of the source in the sources file
   * @throws SourcesError
   */
  static async open(
    name: string,
    config: ActiveSourceConfig,
    path: string,
    places: SecretPlaces,
  ): Promise<Source> {
    const secrets = await readSecrets(config.secrets, `${path}/secrets`, places);
    const verifier = at(path, 'scheme', () => createVerifier(config.scheme, secrets));
    const { eventId, handshake, rate } = config;
    return new Source(name, rulesOf(config), neededHeaders(config), {
      verifier,
      readEventId: eventId && at(path, 'eventId', () => createEventIdReader(eventId)),
      greetMeta: await metaOf(handshake, `${path}/handshake`, places),
      greetsSlack: handshake?.kind === 'slack',
      rate: rate && new RateLimit(rate),
    });
  }

  /**
   * Who sent it, and what it is called.
   * @param at ms since the epoch, of its receipt
   */
  verify(request: WebhookRequest, at: number): Verified | Refused<SourceReason> {
    const { verifier, readEventId } = this.parts;
    const verdict = verifier(request, at);
    if (!verdict.ok) return verdict;
    const { secret, covers } = verdict;
    if (readEventId === undefined) return { ok: true, secret, event: undefined };
    const read = readEventId(request, covers);
    return read.ok ? { ok: true, secret, event: { id: read.eventId, signed: read.signed } } : read;
  }

  /** What becomes of a POST. Only what is verified counts against the rate: nobody else can use it up. */
  receive(request: WebhookRequest, now: number): Reception {
    const { verifier, greetsSlack, rate } = this.parts;
    if (greetsSlack) {
      const greeting = slackHandshake(request.body);
      const verdict = greeting && verifier(request, now);
      if (verdict) return verdict.ok ? greeted(greeting) : refusal(verdict, false);
    }
    const verified = this.verify(request, now);
    if (!verified.ok) return refusal(verified, true);
    const retryAfterMs = rate?.take(now) ?? 0;
    return retryAfterMs > 0 ? { kind: 'limited', retryAfterMs } : { kind: 'verified', event: verified.event };
  }

  /** What becomes of a GET; undefined: it is nothing that this source asks. */
  greet(query: URLSearchParams): Greeting | undefined {
    const greeting = this.parts.greetMeta?.(query);
    return greeting && greeted(greeting);
  }
}

function greeted(greeting: NonNullable<Handshake>): Greeting {
  return greeting.ok ? { kind: 'handshake', challenge: greeting.challenge } : refusal(greeting, false);
}

function refusal<Reason extends string>(
  { reason, message }: Refused<Reason>,
  quarantine: boolean,
): RefusedReception<Reason> {
  return { kind: 'refused', reason, message, quarantine };
}

function rulesOf(config: ActiveSourceConfig): SourceRules {
  const { kind } = config.scheme;
  return {
    writeConcern: config.writeConcern ?? LOCAL_CONCERN,
    deadlineMs: config.deadlineMs ?? DEADLINES_MS[kind] ?? DEADLINE_MS,
    onTimeout: config.onTimeout ?? (NEVER_RETRY.includes(kind) ? 'accept' : 'refuse'),
    bodyBytesMax: config.bodyBytesMax,
    quarantine: { ...QUARANTINE, ...config.quarantine },
  };
}

async function metaOf(
  handshake: HandshakeConfig | undefined,
  path: string,
  places: SecretPlaces,
): Promise<SourceParts['greetMeta']> {
  if (handshake?.kind !== 'meta') return undefined;
  const tokens = await readSecrets(handshake.verifyTokens, `${path}/verifyTokens`, places);
  return at(path, 'verifyTokens', () => createMetaHandshake(tokens), 'verifyTokens');
}

/** Runs what may find a mistake, and says where in the file it is. */
function at<T>(path: string, member: string, create: () => T, secrets = 'secrets'): T {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof SchemeError)) throw error;
    const { code, secret, message } = error;
    const place = secret === undefined ? (code === 'NO_SECRET' ? secrets : member) : `${secrets}/${secret}`;
    throw new SourcesError(`${path}/${place}`, `cannot be used (${code}): ${message}`);
  }
}
