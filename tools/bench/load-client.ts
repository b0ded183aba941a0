import { connect, type Socket } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const CLOSES = /\r\nconnection: *close/i;

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

/** One connection: sends, reads one whole answer, sends again. */
export class LoadClient {
  #socket: Socket | undefined;
  #sentAt = 0;
  #heard: Buffer[] = [];
  #heardBytes = 0;
  #expected = Infinity;
  #status = 0;
  #isLast = false;
  #over: () => void = () => undefined;

  constructor(
    private readonly url: URL,
    private readonly source: Source,
  ) {}

  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#over = resolve;
      this.#open();
    });
  }

  #open(): void {
    const socket = connect(Number(this.url.port), this.url.hostname).setNoDelay();
    this.#socket = socket;
    this.#forget();
    socket.once('connect', () => this.#next());
    socket.on('data', (chunk: Buffer) => this.#hear(chunk));
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
    const { pathname, search, host } = this.url;
    const { bytes, headers = '' } = sending;
    const head = `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n${headers}\r\n`;
    this.#sentAt = performance.now();
    this.#socket?.write(Buffer.concat([Buffer.from(head, 'latin1'), bytes]));
  }

  #hear(chunk: Buffer): void {
    this.#heard.push(chunk);
    this.#heardBytes += chunk.length;
    if (this.#expected === Infinity) this.#readHead();
    if (this.#heardBytes < this.#expected) return;
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

  #readHead(): void {
    const bytes = this.#heard.length === 1 ? (this.#heard[0] as Buffer) : Buffer.concat(this.#heard);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return;
    const head = bytes.toString('latin1', 0, end);
    this.#status = Number(head.slice(9, 12));
    this.#isLast = CLOSES.test(head);
    this.#expected = end + HEAD_END.length + Number(LENGTH.exec(head)?.[1] ?? 0);
  }

  #forget(): void {
    this.#heard = [];
    this.#heardBytes = 0;
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
