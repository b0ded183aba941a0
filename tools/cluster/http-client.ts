import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const NEWLINE = 0x0a;

/** Keep-alive connections to loopback nodes. A request is sent once: who retries is the caller's decision. */
export class HttpClient {
  private readonly agent: Agent;

  constructor(options: { readonly connections?: number } = {}) {
    this.agent = new Agent({ keepAlive: true, maxSockets: options.connections ?? Infinity });
  }

  /** Rejects when no whole answer came within `timeoutMs`; any status is an answer. */
  async ask(url: string, ask: Ask = {}): Promise<Answer> {
    const response = await this.open(url, ask);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
  }

  /** The JSON of a 200 answer; another status is an error that quotes the answer. */
  async json<T>(url: string, ask: Ask = {}): Promise<T> {
    const { status, body } = await this.ask(url, ask);
    if (status !== 200) throw new Error(`${ask.method ?? 'GET'} ${url} answered ${status}: ${quote(body)}`);
    return JSON.parse(body.toString()) as T;
  }

  /** Lines of an NDJSON stream, without their line ends, as they arrive; a cut stream is an error. */
  async *lines(url: string, ask: Ask = {}): AsyncGenerator<Buffer> {
    const response = await this.open(url, ask);
    if (response.statusCode !== 200) throw new Error(`GET ${url} answered ${response.statusCode}`);
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of response) {
      const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      let from = 0;
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
        yield bytes.subarray(from, end);
        from = end + 1;
      }
      rest = bytes.subarray(from);
    }
    if (rest.length > 0) throw new Error(`GET ${url} ended in the middle of a line`);
  }

  close(): void {
    this.agent.destroy();
  }

  private open(url: string, ask: Ask): Promise<IncomingMessage> {
    const { method = 'GET', headers = {}, body, timeoutMs = TIMEOUT_MS } = ask;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const options = { method, agent: this.agent, headers: { ...headers, ...length }, signal };
      const sent = request(url, options, resolve);
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

function quote(body: Buffer): string {
  return body.subarray(0, 300).toString();
}
