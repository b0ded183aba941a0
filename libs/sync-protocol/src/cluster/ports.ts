import type { AppendAnswer, AppendRequest } from '../append-codec';
import type { PromiseAnswer, PromiseRequest } from '../promise-codec';
import type { RecordsAnswer, RecordsRequest } from '../records-codec';

/** Time, chance and the way to other nodes, as a process or a simulation gives them. */
export interface Ports {
  /** ms since the epoch; may jump */
  now(): number;
  /** ms on a clock that never jumps */
  elapsed(): number;
  /** in [0, 1) */
  random(): number;
  /** Calls back once, after `ms`; what it returns cancels that. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Calls back when what needs no disk and no network was done first: one call behind the other. */
  readonly defer: (run: () => void) => void;
  connect(peer: { readonly node: string; readonly url: string }): PeerLink;
}

/**
 * One other node, as this one reaches it. Its methods reject with SyncError `PEER_UNREACHABLE`, `PEER_REFUSED`, or the
 * code that the peer answered.
 */
export interface PeerLink {
  append(request: AppendRequest, signal: AbortSignal): Promise<AppendAnswer>;
  promise(request: PromiseRequest, signal: AbortSignal): Promise<PromiseAnswer>;
  records(request: RecordsRequest, signal: AbortSignal): Promise<RecordsAnswer>;
  /** Encoded stream messages: pending entries behind an arrival, then what comes, until the signal or a cut. */
  pending(store: string, after: number, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  close(): void;
}
