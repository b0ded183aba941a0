import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { problemFrom } from '../problem/problem';
import { RequestError, type RequestErrorCode } from '../problem/request-error';

/** Against clients that are slow on purpose, and floods of connections. */
export interface ServerLimits {
  /** until the last header has arrived */
  readonly headersTimeoutMs: number;
  /** until the last byte of the body has arrived */
  readonly requestTimeoutMs: number;
  /** how long an unused connection stays; above that of usual proxies (60 s), so that they close first */
  readonly keepAliveTimeoutMs: number;
  /** how often the two timeouts are looked at */
  readonly connectionsCheckingIntervalMs: number;
  readonly headerBytesMax: number;
  readonly connectionsMax: number;
  /** a client that declares more and waits for "100 Continue" is not told to go on */
  readonly bodyBytesMax: number;
}

export const SERVER_LIMITS: ServerLimits = {
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 300_000,
  keepAliveTimeoutMs: 65_000,
  connectionsCheckingIntervalMs: 1_000,
  headerBytesMax: 16 * 1024,
  connectionsMax: 4_096,
  bodyBytesMax: 25 * 1024 * 1024,
};

/** How long a connection whose request could not be read stays open for its answer to arrive. */
const LAST_WORDS_MS = 1_000;

export function createServer(app: RequestListener, limits: Partial<ServerLimits> = {}): Server {
  const all = { ...SERVER_LIMITS, ...limits };
  const server = createHttpServer(
    {
      headersTimeout: all.headersTimeoutMs,
      requestTimeout: all.requestTimeoutMs,
      keepAliveTimeout: all.keepAliveTimeoutMs,
      connectionsCheckingInterval: all.connectionsCheckingIntervalMs,
      maxHeaderSize: all.headerBytesMax,
    },
    app,
  );
  server.maxConnections = all.connectionsMax;
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    if (Number(req.headers['content-length'] ?? 0) <= all.bodyBytesMax) res.writeContinue();
    app(req, res);
  });
  return server.on('clientError', refuseUnreadable);
}

/** The port that the server listens on, also when 0 was asked for. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

export function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const UNREADABLE: Readonly<Record<string, readonly [RequestErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'The headers of the request are too large.'],
};

/** node could not read a request: no app ever sees it, so the answer is written by hand. */
function refuseUnreadable(error: NodeJS.ErrnoException, stream: Duplex): void {
  const socket = stream as Socket;
  if (!socket.writable || error.code === 'ECONNRESET' || hasBegunAnswer(socket)) return void socket.destroy();
  const [code, detail] = UNREADABLE[error.code ?? ''] ?? [
    'MALFORMED_REQUEST',
    'This is no complete HTTP request.',
  ];
  const { status, headers, body } = problemFrom(new RequestError(code, detail));
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const head = [`HTTP/1.1 ${status} ${code}`, ...lines, '', ''].join('\r\n');
  socket.end(Buffer.concat([Buffer.from(head), body]));
  socket.setTimeout(LAST_WORDS_MS, () => socket.destroy());
}

/** node keeps the answer under way there, and looks at it for the same reason in its own default. */
function hasBegunAnswer(socket: Socket): boolean {
  return (socket as { _httpMessage?: ServerResponse })._httpMessage?.headersSent ?? false;
}
