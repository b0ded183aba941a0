import type { ObjectIdErrorCode } from '@hooklog/object-id';
import type { LogErrorCode } from '@hooklog/ordered-log';
import type { SyncErrorCode } from '@hooklog/sync-protocol';
import type { RequestErrorCode } from './request-error';

export type ProblemCode = ObjectIdErrorCode | LogErrorCode | SyncErrorCode | RequestErrorCode;

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** seconds; only where the same request can succeed later by itself */
  readonly retryAfter?: number;
  /** seconds, at random beyond that: who was refused together does not come back together */
  readonly retrySpread?: number;
}

/** Every code of every library has its status here, or this does not compile. The README's table is tested against it. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  // the body of a webhook
  EMPTY_BODY: { status: 400, title: 'The body is empty' },
  INVALID_UTF8: { status: 400, title: 'The body is not UTF-8' },
  INVALID_JSON: { status: 400, title: 'The body is not JSON' },
  TOO_DEEP: { status: 400, title: 'The body is nested too deeply' },
  NOT_A_DOCUMENT: { status: 400, title: 'The body is neither an object nor an array' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  ENTRY_TOO_LARGE: { status: 413, title: 'The entry is too large' },
  BODY_INCOMPLETE: { status: 400, title: 'The body ended early' },
  UNSUPPORTED_ENCODING: { status: 415, title: 'The body is compressed' },
  UNSUPPORTED_TYPE: { status: 415, title: 'The charset is not UTF-8' },
  INVALID_MESSAGE: { status: 400, title: 'This is no message' },
  INVALID_ITEM: { status: 400, title: 'This is no item' },
  INVALID_EVENT_ID: { status: 400, title: 'This is no idempotency key' },
  EVENT_ID_REUSED: { status: 422, title: 'The idempotency key is that of another message' },
  ITEM_CONFLICT: { status: 409, title: 'The item is here with another text' },
  UNKNOWN_MESSAGE: { status: 404, title: 'No message has this digest' },
  // the source
  UNKNOWN_SOURCE: { status: 404, title: 'No source has this name' },
  RETIRED_SOURCE: { status: 410, title: 'The source is retired' },
  SIGNATURE_REFUSED: { status: 401, title: 'The sender is not proved' },
  EVENT_ID_REFUSED: { status: 400, title: 'The event id cannot be read' },
  HANDSHAKE_REFUSED: { status: 403, title: 'The handshake is refused' },
  RATE_LIMITED: { status: 429, title: 'The source sends too much', retryAfter: 1 },
  UNKNOWN_QUARANTINED: { status: 404, title: 'Nothing in quarantine has this id' },
  STILL_REFUSED: { status: 409, title: 'It is still refused' },
  // the request
  TOKEN_MISSING: { status: 401, title: 'A token is needed' },
  TOKEN_WRONG: { status: 401, title: 'The token is wrong' },
  INVALID_ID: { status: 400, title: 'This is no id' },
  UNKNOWN_ID: { status: 404, title: 'No entry has this id' },
  AMBIGUOUS_ID: { status: 409, title: 'Several entries have this ObjectId' },
  INVALID_RANGE: { status: 400, title: 'This is no range of time' },
  INVALID_LIMIT: { status: 400, title: 'This is no limit' },
  INVALID_CURSOR: { status: 400, title: 'This is no cursor' },
  INVALID_SETTLE: { status: 400, title: 'This is no number of seconds' },
  INVALID_CONCERN: { status: 400, title: 'This is no write concern' },
  CONCERN_TOO_LARGE: { status: 400, title: 'The write concern asks for more voting members than there are' },
  INVALID_TIMEOUT: { status: 400, title: 'This is no time to wait' },
  UNKNOWN_ROUTE: { status: 404, title: 'There is nothing here' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not allowed here' },
  NOT_MASTER: { status: 421, title: 'Only the master does this' },
  MALFORMED_REQUEST: { status: 400, title: 'The request cannot be read' },
  URL_TOO_LONG: { status: 414, title: 'The URL is too long' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long' },
  // the write concern
  CONCERN_UNREACHABLE: { status: 503, title: 'Too few nodes can be reached', retryAfter: 2 },
  CONCERN_TIMEOUT: { status: 504, title: 'Stored, but not on enough nodes in time' },
  // this node
  OVERLOADED: { status: 503, title: 'The node has too much to do', retryAfter: 1, retrySpread: 2 },
  DISK_FULL: { status: 503, title: 'The disk is full', retryAfter: 10 },
  STORE_FAILED: { status: 503, title: 'The store cannot write', retryAfter: 2 },
  STOPPING: { status: 503, title: 'The node is stopping', retryAfter: 5 },
  CLOSED: { status: 503, title: 'The store is closed', retryAfter: 5 },
  DAMAGED: { status: 500, title: 'The store is damaged' },
  FORMAT_UNKNOWN: { status: 500, title: 'The store has an unknown format' },
  INTERNAL: { status: 500, title: 'Something failed inside' },
  // between nodes
  SIGNATURE_MISSING: { status: 401, title: 'Nodes sign this' },
  SIGNATURE_WRONG: { status: 401, title: 'The signature is wrong' },
  CLOCK_SKEW: { status: 401, title: 'The clocks of two nodes differ too much' },
  REPLAYED: { status: 401, title: 'The request came before, or may have' },
  CERTIFICATE_MISSING: { status: 403, title: 'Nodes show a certificate here' },
  PEER_NOT_ALLOWED: { status: 502, title: 'The peer is at an address that is not called' },
  DAMAGED_FRAME: { status: 400, title: 'A frame is damaged' },
  BAD_FRAME: { status: 400, title: 'A frame cannot be read' },
  BAD_ID_LIST: { status: 400, title: 'The id list cannot be read' },
  IDS_UNSORTED: { status: 400, title: 'The ids are not in order of time' },
  BAD_REGISTRATION: { status: 400, title: 'The registration cannot be read' },
  SELF_REGISTRATION: { status: 409, title: 'A node cannot be its own slave' },
  UNKNOWN_MEMBER: { status: 404, title: 'No member has this name' },
  MEMBERS_CHANGING: { status: 409, title: 'The members are still changing', retryAfter: 2 },
  NO_QUORUM: { status: 503, title: 'Too few members answered for a promotion', retryAfter: 5 },
  NO_VOTE: { status: 409, title: 'This node cannot lead' },
  PROMOTION_RUNNING: { status: 409, title: 'This node is being promoted', retryAfter: 5 },
  GAP: { status: 409, title: 'Records are missing before these' },
  DIVERGED: { status: 409, title: 'The logs have diverged' },
  INCOMPLETE: { status: 409, title: 'This node lost something and only follows' },
  STALE_EPOCH: { status: 409, title: 'The epoch is over' },
  NOT_LEADING: { status: 409, title: 'This node does not lead' },
  IN_CLUSTER: { status: 409, title: 'A cluster gives the order here' },
  LEADING: { status: 409, title: 'This node leads' },
  STORE_CHANGED: { status: 409, title: 'The node has another store' },
  SYNC_RUNNING: { status: 409, title: 'A sync is running', retryAfter: 5 },
  PEER_UNREACHABLE: { status: 502, title: 'The peer cannot be reached' },
  PEER_REFUSED: { status: 502, title: 'The peer refused' },
};
