import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import { schemeOf, urlOf } from '@hooklog/service';
import { peerAccessOf } from './peer-access';
import type { NodeSettings } from './settings';

export type Command = 'promote' | 'demote';

export interface CommandResult {
  /** what the node answered, or why nobody did */
  readonly text: string;
  readonly exitCode: 0 | 1;
}

/** A promotion asks all members and waits for a majority of them. */
const ANSWER_MS = 60_000;

export function isCommand(word: string | undefined): word is Command {
  return word === 'promote' || word === 'demote';
}

/** Tells the running node that these settings are of to change its role. Never rejects. */
export async function runCommand(command: Command, settings: NodeSettings): Promise<CommandResult> {
  const url = `${urlOfRunning(settings)}/${command}`;
  const token = settings.API_KEY === undefined ? {} : { 'x-token': settings.API_KEY };
  try {
    const { tls } = peerAccessOf(settings, Date.now);
    const { status, text } = await post(url, { headers: token, ...tls });
    return { text, exitCode: status === 200 ? 0 : 1 };
  } catch (error) {
    return { text: `no answer from ${url}: ${(error as Error).message}`, exitCode: 1 };
  }
}

/** Follows no redirect: the token is for this node. */
async function post(url: string, options: RequestOptions): Promise<{ status: number; text: string }> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  const sent = request(url, { ...options, method: 'POST', signal: AbortSignal.timeout(ANSWER_MS) }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, text: await textOf(response) };
}

function urlOfRunning(settings: NodeSettings): string {
  const { SELF_URL, HOST, PORT } = settings;
  return SELF_URL?.replace(/\/+$/, '') ?? urlOf(ANY_ADDRESS[HOST] ?? HOST, PORT, schemeOf(settings));
}

/** Who listens everywhere is asked here. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
