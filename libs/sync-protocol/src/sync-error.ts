/**
 * Why two nodes could not agree. The code is stable, one per reaction; the message is for people.
 *
 * - `BAD_FRAME`: bytes of a peer that are truncated, garbage, of another version or over a limit
 * - `BAD_ID_LIST`, `IDS_UNSORTED`: a list of ids that is no valid request, or out of order
 * - `STORE_CHANGED`: the peer has another store than the one that was asked for: wait for its registration
 * - `SELF_REGISTRATION`, `BAD_REGISTRATION`, `UNKNOWN_MEMBER`: about the members of the master
 * - `INVALID_CONCERN`, `CONCERN_TOO_LARGE`: a write concern that is none, or more than there are members
 * - `MEMBERS_CHANGING`: the last change of the voters is not committed yet: a majority is away, or try again
 * - `NO_QUORUM`: too few members answered a candidate; `PROMOTION_RUNNING`: one is under way on this node
 * - `NO_VOTE`: this node is a learner, or no member, and cannot lead; `NOT_LEADING`: asked of a node that is no master
 * - `SYNC_RUNNING`: the store is already compared
 * - `SIGNATURE_MISSING`, `SIGNATURE_WRONG`: a request that no node of this cluster made, or that was altered
 * - `CLOCK_SKEW`: signed at a time too far from the one here; `REPLAYED`: it came before, or may have
 * - `CERTIFICATE_MISSING`: nodes show one here; `PEER_NOT_ALLOWED`: a URL leads to an address that is not called
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
  | 'MEMBERS_CHANGING'
  | 'NO_QUORUM'
  | 'PROMOTION_RUNNING'
  | 'NO_VOTE'
  | 'NOT_LEADING'
  | 'SIGNATURE_MISSING'
  | 'SIGNATURE_WRONG'
  | 'CLOCK_SKEW'
  | 'REPLAYED'
  | 'CERTIFICATE_MISSING'
  | 'PEER_NOT_ALLOWED'
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
