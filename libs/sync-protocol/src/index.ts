export {
  type AppendAnswer,
  type AppendOutcome,
  type AppendRequest,
  decodeAnswer,
  decodeAppend,
  encodeAnswer,
  encodeAppend,
  type Leader as LeaderName,
} from './append-codec';
export { backoffMs, type BackoffLimits } from './backoff';
export { collectedName, encodeCheckpoint, readCheckpoint } from './cluster/checkpoint';
export type { ClusterLogger } from './cluster/cluster-logger';
export { ClusterNode, type ClusterNodeOptions, type Promoted, type Role } from './cluster/cluster-node';
export { type Failure, failureOf } from './cluster/failure';
export { type FlowPeer, FlowState } from './cluster/flow';
export { answerAppend, answerRecords, refuseOtherStore } from './cluster/follower';
export type { Leader } from './cluster/leader';
export type { ClusterLimits } from './cluster/limits';
export type { PeerLink, Ports } from './cluster/ports';
export type { FollowStatus, Secondary, SecondaryHealth } from './cluster/secondary';
export {
  type AnsweredAt,
  Sender,
  type SenderHealth,
  type SenderLimits,
  type SenderStep,
  type Verdict,
} from './cluster/sender';
export { answerPromise } from './cluster/voter';
export { type After, type Leaving, Rest, Waiting } from './cluster/waiting';
export { type CollectedPage, Collector } from './collector';
export { decodeEntriesRequest, encodeEntriesRequest, type EntriesRequest } from './entries-codec';
export { EntriesReceiver } from './entries-receiver';
export { encodeAnswerLine, onOneLine } from './id-list/answer-line';
export { type DifferOptions, missingIn } from './id-list/differ';
export { encodeIdList, type OpenIdList, openIdList } from './id-list/id-list-body';
export type { ListedId, SecondsRange } from './id-list/listed-id';
export { type IdListEvent, IdListParser } from './id-list/parser';
export { type Member, parseMember, parsePeerUrl } from './member';
export { type PageLimits, pagesOf, type PageSource } from './pages';
export { pendingMessages } from './pending-stream';
export {
  decodePromiseAnswer,
  decodePromiseRequest,
  encodePromiseAnswer,
  encodePromiseRequest,
  type PromiseAnswer,
  type PromiseRequest,
} from './promise-codec';
export { type Compared, Comparison, type Question, type Side } from './reconcile/comparison';
export type { Found, Missing } from './reconcile/findings';
export type { Item, ItemSet, Window } from './reconcile/item-set';
export { ItemVector } from './reconcile/item-vector';
export { RECONCILE_LIMITS, type ReconcileLimits } from './reconcile/limits';
export type { ReconcileOptions } from './reconcile/options';
export { type Policy, REFERENCE, TUNED } from './reconcile/policy';
export { answerReconcile, type Reconciled, Reconciler } from './reconcile/reconciler';
export {
  ANY_STORE,
  decodeReconcileAnswer,
  decodeReconcileRequest,
  encodeReconcileAnswer,
  encodeReconcileRequest,
  type ReconcileAnswer,
  type ReconcileRequest,
} from './reconcile-codec';
export {
  decodeRecordsAnswer,
  decodeRecordsRequest,
  encodeRecordsAnswer,
  encodeRecordsRequest,
  type RecordsAnswer,
  type RecordsRequest,
} from './records-codec';
export { encodeMessage, MessageDecoder, type StreamMessage } from './stream-codec';
export { SyncError, type SyncErrorCode } from './sync-error';
export {
  Acknowledgements,
  LOCAL_CONCERN,
  parseConcern,
  refuseTooLarge,
  type ReplicationState,
  requiredOf,
  type WriteConcern,
} from './write-concern';
