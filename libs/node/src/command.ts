import { urlOf } from '@hooklog/service';
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
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(url, { method: 'POST', headers: token, redirect: 'error', signal });
    return { text: await response.text(), exitCode: response.ok ? 0 : 1 };
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    return { text: `no answer from ${url}: ${reason}`, exitCode: 1 };
  }
}

function urlOfRunning({ SELF_URL, HOST, PORT }: NodeSettings): string {
  return SELF_URL?.replace(/\/+$/, '') ?? urlOf(ANY_ADDRESS[HOST] ?? HOST, PORT);
}

/** Who listens everywhere is asked here. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
