export {
  type AppendAnswer,
  type AppendOutcome,
  type AppendRequest,
  decodeAnswer,
  decodeAppend,
  encodeAnswer,
  encodeAppend,
} from './append-codec';
export { backoffMs, type BackoffLimits } from './backoff';
export { type CollectedPage, Collector } from './collector';
export { type DiffPage, DiffReceiver } from './diff-receiver';
export { answerAppend, storeChanged } from './follower';
export { encodeAnswerLine, onOneLine } from './id-list/answer-line';
export { type DifferOptions, missingIn } from './id-list/differ';
export { encodeIdList, type OpenIdList, openIdList } from './id-list/id-list-body';
export type { ListedId, SecondsRange } from './id-list/listed-id';
export { type IdListEvent, IdListParser } from './id-list/parser';
export { type Member, parseMember, parsePeerUrl } from './member';
export { type PageLimits, pagesOf, type PageSource } from './pages';
export {
  type AnsweredAt,
  Sender,
  type SenderHealth,
  type SenderLimits,
  type SenderStep,
  type Verdict,
} from './sender';
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
