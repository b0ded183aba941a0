import type { IncomingMessage } from 'node:http';
import { type Leaving, SyncError } from '@hooklog/sync-protocol';

/** One request as it goes out. */
export interface Outgoing {
  readonly method: 'GET' | 'POST';
  /** path and query, behind the peer's URL */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/**
 * Sends a request to one peer; resolves with the head of its answer, whatever its status is. Follows no redirect and no
 * proxy. Once `over` the request is given up; behind the head that is up to whoever reads the answer.
 * @throws SyncError `PEER_UNREACHABLE`, or what a lookup failed with
 */
export type Transport = (outgoing: Outgoing, over: Leaving) => Promise<IncomingMessage>;

/** @param url of the peer */
export function unreachable(url: string, error: Error & { readonly code?: string }): SyncError {
  if (error instanceof SyncError) return error;
  return new SyncError('PEER_UNREACHABLE', `${url}: ${error.code ?? error.message}`);
}
