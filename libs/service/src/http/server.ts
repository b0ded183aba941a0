import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { problemFrom } from '../problem/problem';
import { answerProblem } from '../problem/problem-handler';
import { RequestError, type RequestErrorCode } from '../problem/request-error';
import type { ServerTls } from './tls';

/** Against clients that are slow on purpose, and floods of connections. */
export interface ServerLimits {
  /** until the last header has arrived; before it, until TLS is agreed on */
  readonly headersTimeoutMs: number;
  /** until the last byte of the body has arrived */
  readonly requestTimeoutMs: number;
  /** how long an unused connection stays; above that of usual proxies (60 s), so that they close first */
  readonly keepAliveTimeoutMs: number;
  /** how often the two timeouts are looked at */
  readonly connectionsCheckingIntervalMs: number;
  /** of the request's first line and its headers, in all */
  readonly headerBytesMax: number;
  /** headers of one request */
  readonly headersMax: number;
  /** of path and query */
  readonly urlBytesMax: number;
  /** a body that comes more slowly than this (bytes per second, in the mean), is refused */
  readonly bodyBytesPerSecondMin: number;
  /** so long (ms) a body may be slower */
  readonly bodyGraceMs: number;
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
  headersMax: 128,
  urlBytesMax: 8 * 1024,
  bodyBytesPerSecondMin: 1_024,
  bodyGraceMs: 10_000,
  connectionsMax: 4_096,
  bodyBytesMax: 25 * 1024 * 1024,
};

/** How long a connection whose request could not be read stays open for its answer to arrive. */
const LAST_WORDS_MS = 1_000;

export function createServer(
  app: RequestListener,
  limits: Partial<ServerLimits> = {},
  tls?: ServerTls,
): Server {
  const all = { ...SERVER_LIMITS, ...limits };
  const within = withinLimits(app, all);
  const server = tls
    ? createHttpsServer({ ...optionsOf(all), ...tlsOptionsOf(tls, all) }, within)
    : createHttpServer(optionsOf(all), within);
  server.maxConnections = all.connectionsMax;
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    if (Number(req.headers['content-length'] ?? 0) <= all.bodyBytesMax) res.writeContinue();
    within(req, res);
  });
  return server.on('clientError', refuseUnreadable);
}

function optionsOf(limits: ServerLimits): ServerOptions {
  return {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.connectionsCheckingIntervalMs,
    maxHeaderSize: limits.headerBytesMax,
    insecureHTTPParser: false,
  };
}

/** Whoever shows no certificate, or a foreign one, gets in: senders of webhooks have none. Routes of nodes look at it. */
function tlsOptionsOf({ cert, key, clientCa }: ServerTls, { headersTimeoutMs }: ServerLimits): TlsOptions {
  const clients = clientCa && { ca: clientCa, requestCert: true, rejectUnauthorized: false };
  return { cert, key, handshakeTimeout: headersTimeoutMs, ...clients };
}

/** In front of everything that a server answers. */
function withinLimits(app: RequestListener, { urlBytesMax, headersMax }: ServerLimits): RequestListener {
  return (req, res) => {
    if ((req.url ?? '').length > urlBytesMax)
      refuseLarge(req, res, 'URL_TOO_LONG', `Path and query have at most ${urlBytesMax} bytes here.`);
    else if (req.rawHeaders.length > 2 * headersMax)
      refuseLarge(req, res, 'HEADERS_TOO_LARGE', `A request has at most ${headersMax} headers here.`);
    else app(req, res);
  };
}

function refuseLarge(
  req: IncomingMessage,
  res: ServerResponse,
  code: RequestErrorCode,
  detail: string,
): void {
  res.setHeader('connection', 'close');
  answerProblem(req, res, problemFrom(new RequestError(code, detail)));
}

/**
 * The port that the server listens on, also when 0 was asked for. As many connections as it may have can wait to be
 * accepted (Linux: `net.core.somaxconn` at most): of a burst that found no room the system would reset some much later.
 */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: server.maxConnections }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

export function urlOf(host: string, port: number, scheme: 'http' | 'https' = 'http'): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
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
