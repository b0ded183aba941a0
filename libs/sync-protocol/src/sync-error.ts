/**
 * Why two nodes could not agree. The code is stable, one per reaction; the message is for people.
 *
 * - `BAD_FRAME`: bytes of a peer that are truncated, garbage, of another version or over a limit
 * - `BAD_ID_LIST`, `IDS_UNSORTED`: a list of ids that is no valid request, or out of order
 * - `STORE_CHANGED`: the peer has another store than the one that was asked for: wait for its registration
 * - `SELF_REGISTRATION`, `BAD_REGISTRATION`, `UNKNOWN_MEMBER`: about the members of the master
 * - `INVALID_CONCERN`, `CONCERN_TOO_LARGE`: a write concern that is none, or more than there are members
 * - `SYNC_RUNNING`: the store is already compared
 * - `PEER_UNREACHABLE`: no answer, a cut, or silence; `PEER_REFUSED`: an answer that says no
 */
export type SyncErrorCode =
  | 'BAD_FRAME'
  | 'BAD_ID_LIST'
  | 'IDS_UNSORTED'
  | 'STORE_CHANGED'
  | 'SELF_REGISTRATION'
  | 'BAD_REGISTRATION'
  | 'SYNC_RUNNING'
  | 'PEER_UNREACHABLE'
  | 'PEER_REFUSED'
  | 'UNKNOWN_MEMBER'
  | 'INVALID_CONCERN'
  | 'CONCERN_TOO_LARGE';

export class SyncError extends Error {
  override readonly name = 'SyncError';

  /** @param offset bytes from the start of what the peer sent to the first one that cannot stand there */
  constructor(
    readonly code: SyncErrorCode,
    message: string,
    readonly offset: number | undefined = undefined,
  ) {
    super(offset === undefined ? message : `${message} at byte ${offset}`);
  }
}
