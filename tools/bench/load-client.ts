import { connect, type Socket } from 'node:net';

/** Of all connections: what one has read is taken before another one reads. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const CLOSES = /\r\nconnection: *close/i;
const EMPTY = Buffer.alloc(0);

/** Of a request with a JSON body, as far as its length. */
export function requestHead({ pathname, search, host }: URL): string {
  return `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: `;
}

/** One request, with headers of its own: lines that end. */
export interface Sending {
  readonly bytes: Buffer;
  readonly headers?: string;
}

/** What is sent, and who hears of the answers. */
export interface Source {
  /** undefined: the connection is no longer needed */
  next(): Sending | undefined | Promise<Sending | undefined>;
  /** @param status 0: the connection ended without an answer */
  answered(status: number, milliseconds: number): void;
}

/**
 * One connection: sends, reads one whole answer, sends again. What it costs is missing to the server that is measured
 * on the same cores: it reads without streams, and copies a request into memory that it has.
 */
export class LoadClient {
  readonly #head: string;
  #socket: Socket | undefined;
  #sentAt = 0;
  #request = Buffer.alloc(0);
  /** of an answer that came in pieces */
  #heard: Buffer = EMPTY;
  #expected = Infinity;
  #status = 0;
  #isLast = false;
  #over: () => void = () => undefined;

  constructor(
    private readonly url: URL,
    private readonly source: Source,
  ) {
    this.#head = requestHead(url);
  }

  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#over = resolve;
      this.#open();
    });
  }

  #open(): void {
    const { port, hostname } = this.url;
    const callback = (length: number): boolean => {
      this.#hear(READ_BUFFER.subarray(0, length));
      return true;
    };
    const socket = connect({
      port: Number(port),
      host: hostname,
      noDelay: true,
      onread: { buffer: READ_BUFFER, callback },
    });
    this.#socket = socket;
    this.#forget();
    socket.once('connect', () => this.#next());
    socket.on('error', () => undefined);
    socket.once('close', () => this.#closed(socket));
  }

  #next(): void {
    const next = this.source.next();
    if (next instanceof Promise) void next.then((sending) => this.#send(sending));
    else this.#send(next);
  }

  #send(sending: Sending | undefined): void {
    if (sending === undefined) return this.#end();
    const { bytes, headers = '' } = sending;
    const head = `${this.#head}${bytes.length}\r\n${headers}\r\n`;
    const length = head.length + bytes.length;
    // an answer may come before the whole request has left
    const isFree = this.#socket?.writableLength === 0;
    if (!isFree || this.#request.length < length) this.#request = Buffer.allocUnsafeSlow(length);
    bytes.copy(this.#request, this.#request.write(head, 'latin1'));
    this.#sentAt = performance.now();
    this.#socket?.write(this.#request.subarray(0, length));
  }

  /** @param chunk its memory is somebody else's afterwards */
  #hear(chunk: Buffer): void {
    const heard = this.#heard.length === 0 ? chunk : Buffer.concat([this.#heard, chunk]);
    if (this.#expected === Infinity) this.#readHead(heard);
    if (heard.length < this.#expected) {
      this.#heard = heard === chunk ? Buffer.from(chunk) : heard;
      return;
    }
    this.source.answered(this.#status, performance.now() - this.#sentAt);
    if (this.#isLast) this.#reopen();
    else this.#again();
  }

  #again(): void {
    this.#forget();
    this.#next();
  }

  #reopen(): void {
    this.#socket?.destroy();
    this.#open();
  }

  #readHead(heard: Buffer): void {
    const end = heard.indexOf(HEAD_END);
    if (end < 0) return;
    const head = heard.toString('latin1', 0, end);
    this.#status = Number(head.slice(9, 12));
    this.#isLast = CLOSES.test(head);
    this.#expected = end + HEAD_END.length + Number(LENGTH.exec(head)?.[1] ?? 0);
  }

  #forget(): void {
    this.#heard = EMPTY;
    this.#expected = Infinity;
  }

  /** A server may end a connection at any time; an answer that is missing by then is an error. */
  #closed(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.source.answered(0, 0);
    this.#open();
  }

  #end(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    this.#over();
  }
}
