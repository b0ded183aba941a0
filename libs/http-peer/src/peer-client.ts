import type { IncomingMessage } from 'node:http';
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import { SyncError, type SyncErrorCode, Waiting } from '@hooklog/sync-protocol';
import { refuseAddress } from './allowed-addresses';
import { arrived } from './arriving';
import type { PeerLimits } from './limits';
import { agentsFor, type PeerAccess, type PeerAgents } from './peer-access';
import { after } from './timer';

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
  private readonly http: AxiosInstance;

  constructor(private readonly options: PeerClientOptions) {
    this.agents = agentsFor(options.access);
    this.http = axios.create({
      ...this.agents,
      baseURL: options.url,
      headers: { 'user-agent': `hooklog/${options.self}` },
      maxRedirects: 0,
      proxy: false,
      decompress: false,
      responseType: 'stream',
      // bodies are bytes, and each request says what they are: there is nothing to look for in them
      adapter: 'http',
      transformRequest: [],
      transformResponse: [],
      validateStatus: () => true,
      maxBodyLength: Infinity,
    });
  }

  /**
   * The whole answer, of at most `bytesMax`, within `answerMs`.
   * @throws SyncError `PEER_UNREACHABLE`, `PEER_REFUSED` or the code that the peer answered
   */
  async request(request: PeerRequest, bytesMax: number): Promise<Buffer> {
    const { response, waiting } = await this.begin(request);
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
    const { response, waiting } = await this.begin(request);
    waiting.keepOpen();
    return response;
  }

  close(): void {
    this.agents.httpAgent.destroy();
    this.agents.httpsAgent.destroy();
  }

  private async begin(request: PeerRequest): Promise<{ response: IncomingMessage; waiting: Waiting }> {
    const { access, url } = this.options;
    if (access.allowed) refuseAddress(access.allowed, url);
    const waiting = new Waiting(request.signal, after).expireIn(this.deadlineMs(request));
    try {
      const config = configOf(request, access, waiting.signal);
      const { status, data: response } = await this.http.request<IncomingMessage>(config);
      waiting.signal.addEventListener('abort', () => response.destroy());
      response.once('close', () => waiting.release());
      if (status !== 200) throw await this.refusal(status, response);
      return { response, waiting };
    } catch (error) {
      waiting.release();
      throw waiting.expired ? this.late(request) : this.unreachable(error);
    }
  }

  private async readAtMost(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
    const whole = await arrived(response, bytesMax);
    if (whole !== undefined) return whole;
    throw new SyncError('BAD_FRAME', `${this.options.url} answered more than ${bytesMax} bytes`);
  }

  /** Reads an `application/problem+json` body as far as it helps: its code and detail. */
  private async refusal(status: number, response: IncomingMessage): Promise<PeerRefusal> {
    const body = await this.readAtMost(response, this.options.limits.errorBytesMax).catch(() =>
      Buffer.alloc(0),
    );
    const { code, detail, master } = parseProblem(body);
    const message = `${this.options.url} answered ${status}${code ? ` ${code}` : ''}${detail ? `: ${detail}` : ''}`;
    return new PeerRefusal(KNOWN_CODES.has(code) ? (code as SyncErrorCode) : 'PEER_REFUSED', message, master);
  }

  private unreachable(error: unknown): unknown {
    if (!axios.isAxiosError(error)) return error;
    if (error.cause instanceof SyncError) return error.cause;
    return new SyncError('PEER_UNREACHABLE', `${this.options.url}: ${error.code ?? error.message}`);
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

function configOf(request: PeerRequest, { signer }: PeerAccess, signal: AbortSignal): AxiosRequestConfig {
  const { method, body, contentType, accept } = request;
  const target = targetOf(request);
  const authorization = signer?.sign(method, target, body);
  const headers = {
    ...(contentType && { 'content-type': contentType }),
    ...(accept && { accept }),
    ...(authorization && { authorization }),
  };
  return { method, url: target, data: body, signal, headers };
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
