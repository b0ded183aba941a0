export { SchemeError, type SchemeErrorCode } from './errors';
export {
  createEventIdReader,
  type EventId,
  type EventIdReader,
  type EventIdReason,
  type EventIdRule,
} from './event-id';
export {
  type Challenge,
  createMetaHandshake,
  type Handshake,
  type HandshakeReason,
  slackHandshake,
} from './handshake';
export { type Headers, type WebhookRequest } from './request';
export { type Algorithm, type Encoding, type HmacScheme, type Scheme } from './scheme';
export { type Accepted, type Coverage, type RefusalReason, type Refused, type Verdict } from './verdict';
export { createVerifier, type Verifier } from './verifier';
