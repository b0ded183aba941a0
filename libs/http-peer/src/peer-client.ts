import type { IncomingMessage } from 'node:http';
import { SyncError, type SyncErrorCode, Waiting } from '@hooklog/sync-protocol';
import { refuseAddress } from './allowed-addresses';
import { arrived } from './arriving';
import { axiosTransport } from './axios-transport';
import { directTransport } from './direct-transport';
import type { PeerLimits } from './limits';
import { agentsFor, type PeerAccess, type PeerAgents } from './peer-access';
import { after } from './timer';
import type { Outgoing, Transport } from './transport';

export interface PeerClientOptions {
  /** name of this node: the other side may tell by it who asks */
  readonly self: string;
  /** without a trailing slash */
  readonly url: string;
  readonly access: PeerAccess;
  readonly limits: PeerLimits;
}

export interface PeerRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly contentType?: string;
  readonly accept?: string;
  readonly body?: Buffer;
  /** instead of the limit of this name */
  readonly answerMs?: number;
  readonly signal: AbortSignal;
}

/** Codes of the other side that mean the same on this one; any other is `PEER_REFUSED`. */
const KNOWN_CODES: ReadonlySet<string> = new Set<SyncErrorCode>([
  'BAD_FRAME',
  'BAD_ID_LIST',
  'IDS_UNSORTED',
  'STORE_CHANGED',
  'SYNC_RUNNING',
  'SELF_REGISTRATION',
  'BAD_REGISTRATION',
  'MEMBERS_CHANGING',
  'SIGNATURE_MISSING',
  'SIGNATURE_WRONG',
  'CLOCK_SKEW',
  'REPLAYED',
  'CERTIFICATE_MISSING',
]);
const TEXT_CHARS_MAX = 200;

/** The peer answered with an error. */
export class PeerRefusal extends SyncError {
  /** @param master where it says that the master is; empty: it says nothing of it */
  constructor(
    code: SyncErrorCode,
    message: string,
    readonly master: string,
  ) {
    super(code, message);
  }
}

/** Requests to one peer. Follows no redirect and no proxy, and connects to no address that is not allowed. */
export class PeerClient {
  private readonly agents: PeerAgents;
  /** for whole answers */
  private readonly direct: Transport;
  /** for answers that are read as they come */
  private readonly streaming: Transport;
  private addressIsAllowed = false;

  constructor(private readonly options: PeerClientOptions) {
    const { access, url } = options;
    this.agents = agentsFor(access);
    this.direct = directTransport(url, this.agents);
    this.streaming = axiosTransport(url, this.agents);
  }

  /**
   * The whole answer, of at most `bytesMax`, within `answerMs`.
   * @throws SyncError `PEER_UNREACHABLE`, `PEER_REFUSED` or the code that the peer answered
   */
  async request(request: PeerRequest, bytesMax: number): Promise<Buffer> {
    const { response, waiting } = await this.begin(request, this.direct);
    try {
      return await this.readAtMost(response, bytesMax);
    } catch (error) {
      throw waiting.expired ? this.late(request) : error;
    } finally {
      response.destroy();
    }
  }

  /** The answer as a stream, its head within `answerMs`; the signal ends it. Throws as `request` does. */
  async open(request: PeerRequest): Promise<IncomingMessage> {
    const { response, waiting } = await this.begin(request, this.streaming);
    waiting.keepOpen();
    return response;
  }

  close(): void {
    this.agents.httpAgent.destroy();
    this.agents.httpsAgent.destroy();
  }

  private async begin(
    request: PeerRequest,
    transport: Transport,
  ): Promise<{ response: IncomingMessage; waiting: Waiting }> {
    this.checkAddress();
    const waiting = new Waiting(request.signal, after).expireIn(this.deadlineMs(request));
    try {
      const response = await transport(this.outgoing(request), waiting);
      waiting.addEventListener('abort', () => response.destroy());
      response.once('close', () => waiting.release());
      if (response.statusCode !== 200) throw await this.refusal(response);
      return { response, waiting };
    } catch (error) {
      waiting.release();
      throw waiting.expired ? this.late(request) : error;
    }
  }

  /** Once: neither the address nor what is allowed changes. */
  private checkAddress(): void {
    const { access, url } = this.options;
    if (access.allowed && !this.addressIsAllowed) refuseAddress(access.allowed, url);
    this.addressIsAllowed = true;
  }

  private outgoing(request: PeerRequest): Outgoing {
    const { method, body, contentType, accept } = request;
    const target = targetOf(request);
    const authorization = this.options.access.signer?.sign(method, target, body);
    const headers = {
      'user-agent': `hooklog/${this.options.self}`,
      ...(contentType && { 'content-type': contentType }),
      ...(accept && { accept }),
      ...(authorization && { authorization }),
    };
    return { method, target, headers, body };
  }

  private async readAtMost(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
    const whole = await arrived(response, bytesMax);
    if (whole !== undefined) return whole;
    throw new SyncError('BAD_FRAME', `${this.options.url} answered more than ${bytesMax} bytes`);
  }

  /** Reads an `application/problem+json` body as far as it helps: its code and detail. */
  private async refusal(response: IncomingMessage): Promise<PeerRefusal> {
    const body = await this.readAtMost(response, this.options.limits.errorBytesMax).catch(() =>
      Buffer.alloc(0),
    );
    const { code, detail, master } = parseProblem(body);
    const message = `${this.options.url} answered ${response.statusCode}${code ? ` ${code}` : ''}${detail ? `: ${detail}` : ''}`;
    return new PeerRefusal(KNOWN_CODES.has(code) ? (code as SyncErrorCode) : 'PEER_REFUSED', message, master);
  }

  private late(request: PeerRequest): SyncError {
    return new SyncError(
      'PEER_UNREACHABLE',
      `${this.options.url}: no answer within ${this.deadlineMs(request)} ms`,
    );
  }

  private deadlineMs({ body, answerMs = this.options.limits.answerMs }: PeerRequest): number {
    const { bytesPerMsMin } = this.options.limits;
    return answerMs + Math.ceil((body?.length ?? 0) / bytesPerMsMin);
  }
}

/** As it is signed, and as it is sent. */
function targetOf({ path, query }: PeerRequest): string {
  if (query === undefined) return path;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) search.set(name, String(value));
  return `${path}?${search.toString()}`;
}

function parseProblem(body: Buffer): Readonly<Record<'code' | 'detail' | 'master', string>> {
  try {
    const { code, detail, master } = JSON.parse(body.toString()) as Record<string, unknown>;
    return {
      code: printable(code),
      detail: printable(detail),
      master: typeof master === 'string' ? master : '',
    };
  } catch {
    return { code: '', detail: '', master: '' };
  }
}

/** Foreign text for a log line. */
function printable(text: unknown): string {
  return typeof text === 'string' ? text.slice(0, TEXT_CHARS_MAX).replace(/[^\x20-\x7e]/g, '?') : '';
}
