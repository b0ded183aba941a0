/** Why a request is not believed. `TOO_OLD` and `TOO_NEW` are said only of what was signed with a known secret. */
export type RefusalReason =
  | 'MISSING_HEADER'
  | 'DUPLICATE_HEADER'
  | 'MALFORMED_HEADER'
  | 'UNKNOWN_VERSION'
  | 'WRONG_SIGNATURE'
  | 'WRONG_TOKEN'
  | 'TOO_OLD'
  | 'TOO_NEW';

/** The parts of a request that nobody can change without the secret. */
export interface Coverage {
  readonly body: boolean;
  /** whole headers by name, in lower case */
  readonly headers: readonly string[];
}

export interface Accepted {
  readonly ok: true;
  /** index of the secret that matched: an old one that never does any more can be retired */
  readonly secret: number;
  /** ms since the epoch; only where the signature covers a time */
  readonly signedAt?: number;
  readonly covers: Coverage;
}

export interface Refused<Reason extends string = RefusalReason> {
  readonly ok: false;
  readonly reason: Reason;
  /** for people: names headers and limits, never a value, a secret or the signature that was expected */
  readonly message: string;
}

export type Verdict = Accepted | Refused;

export function refuse<Reason extends string>(reason: Reason, message: string): Refused<Reason> {
  return { ok: false, reason, message };
}

/** Whether a reader has given up instead of returning what it read. */
export function isRefused<Reason extends string>(
  read: string | object | Refused<Reason>,
): read is Refused<Reason> {
  return typeof read === 'object' && 'ok' in read && read.ok === false;
}
