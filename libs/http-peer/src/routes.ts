/** Both sides take the peer protocol's paths and media types from here. */
export const APPEND_PATH = '/peer/v1/append';
export const PENDING_PATH = '/peer/v1/pending';
export const ID_LIST_PATH = '/master_sync';
export const REGISTER_PATH = '/register';

export const APPEND_TYPE = 'application/vnd.hooklog.append';
export const FRAMES_TYPE = 'application/vnd.hooklog.frames';
export const NDJSON_TYPE = 'application/x-ndjson';
export const JSON_TYPE = 'application/json';
