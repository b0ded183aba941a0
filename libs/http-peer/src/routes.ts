/** Both sides take the peer protocol's paths and media types from here. */
export const APPEND_PATH = '/peer/v1/append';
export const PROMISE_PATH = '/peer/v1/promise';
export const RECORDS_PATH = '/peer/v1/records';
export const RECONCILE_PATH = '/peer/v1/reconcile';
export const ENTRIES_PATH = '/peer/v1/entries';
export const PENDING_PATH = '/peer/v1/pending';
export const ID_LIST_PATH = '/master_sync';
export const REGISTER_PATH = '/register';

/** All that nodes ask of each other. */
export const PEER_ROUTES = [
  ...[APPEND_PATH, PROMISE_PATH, RECORDS_PATH, RECONCILE_PATH, ENTRIES_PATH, ID_LIST_PATH, REGISTER_PATH].map(
    (path) => ({ method: 'POST', path }) as const,
  ),
  { method: 'GET', path: PENDING_PATH },
] as const;

export const APPEND_TYPE = 'application/vnd.hooklog.append';
export const PROMISE_TYPE = 'application/vnd.hooklog.promise';
export const RECORDS_TYPE = 'application/vnd.hooklog.records';
export const RECONCILE_TYPE = 'application/vnd.hooklog.reconcile';
export const FRAMES_TYPE = 'application/vnd.hooklog.frames';
export const NDJSON_TYPE = 'application/x-ndjson';
export const JSON_TYPE = 'application/json';
