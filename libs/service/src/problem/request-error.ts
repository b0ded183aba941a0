/** Why a request was refused at the edge of a node. The code is stable; the message is for people. */
export type RequestErrorCode =
  | 'AMBIGUOUS_ID'
  | 'BODY_INCOMPLETE' // the client left before the end of its body
  | 'BODY_TOO_LARGE'
  | 'CONCERN_TIMEOUT' // stored, but not in time on as many nodes as asked for
  | 'CONCERN_UNREACHABLE'
  | 'DISK_FULL'
  | 'EVENT_ID_REFUSED' // a verified webhook without the event id that its source should have
  | 'EVENT_ID_REUSED'
  | 'HANDSHAKE_REFUSED'
  | 'HEADERS_TOO_LARGE'
  | 'IN_CLUSTER' // another node gives the order of this log
  | 'INTERNAL' // a bug of ours
  | 'INVALID_CURSOR'
  | 'INVALID_EVENT_ID'
  | 'INVALID_ITEM'
  | 'INVALID_LIMIT'
  | 'INVALID_MESSAGE'
  | 'INVALID_RANGE'
  | 'INVALID_SETTLE'
  | 'INVALID_TIMEOUT'
  | 'ITEM_CONFLICT'
  | 'MALFORMED_REQUEST' // no HTTP, or a path that cannot be decoded
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_MASTER'
  | 'OVERLOADED'
  | 'RATE_LIMITED'
  | 'REQUEST_TIMEOUT'
  | 'RETIRED_SOURCE'
  | 'SIGNATURE_REFUSED'
  | 'STILL_REFUSED' // a quarantined webhook that is verified no better than before
  | 'STOPPING'
  | 'TOKEN_MISSING'
  | 'TOKEN_WRONG'
  | 'UNKNOWN_ID'
  | 'UNKNOWN_MESSAGE'
  | 'UNKNOWN_QUARANTINED'
  | 'UNKNOWN_ROUTE'
  | 'UNKNOWN_SOURCE'
  | 'UNSUPPORTED_ENCODING'
  | 'UNSUPPORTED_TYPE' // another charset than UTF-8
  | 'URL_TOO_LONG';

/** What a problem says beyond its code: members of the JSON, and headers of the answer. */
export interface RequestErrorMore {
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export class RequestError extends Error {
  override readonly name = 'RequestError';

  constructor(
    readonly code: RequestErrorCode,
    message: string,
    readonly more: RequestErrorMore = {},
  ) {
    super(message);
  }
}
