import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';

export interface OpenRequest {
  readonly request: ClientRequest;
  /** resolves with the head of the answer */
  readonly response: Promise<IncomingMessage>;
}

/** A request whose body the test writes at its own pace. */
export function openRequest(
  url: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'POST',
): OpenRequest {
  const opened = httpRequest(url + path, { method, headers, agent: false });
  opened.on('error', () => undefined);
  const response = once(opened, 'response').then(([head]) => head as IncomingMessage);
  response.catch(() => undefined);
  opened.flushHeaders();
  return { request: opened, response };
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly json: () => { readonly code?: string; readonly offset?: number; readonly [name: string]: unknown };
  /** objects of an NDJSON body */
  readonly lines: () => { readonly [name: string]: unknown }[];
}

export async function post(
  url: string,
  path: string,
  body: Buffer | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { request: sent, response } = openRequest(url, path, headers);
  sent.end(body);
  return answerOf(await response);
}

export async function get(url: string, path: string): Promise<Answer> {
  const { request: sent, response } = openRequest(url, path, {}, 'GET');
  sent.end();
  return answerOf(await response);
}

/** Any method, with exactly these headers. */
export async function request(
  url: string,
  path: string,
  { method, headers, body }: { method: string; headers: Record<string, string>; body: Buffer },
): Promise<Answer> {
  const length = body.length === 0 ? {} : { 'content-length': String(body.length) };
  const { request: sent, response } = openRequest(url, path, { ...headers, ...length }, method);
  sent.end(body);
  return answerOf(await response);
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const lines = (): Record<string, unknown>[] =>
    body
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    status: response.statusCode ?? 0,
    body,
    json: () => JSON.parse(body.toString()) as Record<string, unknown>,
    lines,
  };
}
