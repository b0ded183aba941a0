import type { EventIdRule, Scheme } from '@hooklog/webhook-signature';
import type { WriteConcern } from '@hooklog/sync-protocol';

/** A secret, or where it is: in a variable of the environment, or in a file (beside the sources file unless absolute). */
export type SecretPlace = string | { readonly env: string } | { readonly file: string };

export type HandshakeConfig =
  { readonly kind: 'slack' } | { readonly kind: 'meta'; readonly verifyTokens: readonly SecretPlace[] };

/** Verified webhooks: so many a second in the long run, so many at once. */
export interface RateConfig {
  readonly perSecond: number;
  readonly burst: number;
}

/** Beyond either the oldest of the source go. */
export interface QuarantineLimits {
  readonly entriesMax: number;
  readonly bytesMax: number;
}

export interface ActiveSourceConfig {
  readonly retired?: false;
  readonly scheme: Scheme;
  readonly secrets: readonly SecretPlace[];
  readonly eventId?: EventIdRule;
  readonly handshake?: HandshakeConfig;
  readonly writeConcern?: WriteConcern;
  readonly deadlineMs?: number;
  readonly onTimeout?: 'accept' | 'refuse';
  readonly bodyBytesMax?: number;
  readonly rate?: RateConfig;
  readonly quarantine?: Partial<QuarantineLimits>;
}

/** Whatever else it has is not looked at: one that comes back needs one line less. */
export interface RetiredSourceConfig {
  readonly retired: true;
}

export type SourceConfig = ActiveSourceConfig | RetiredSourceConfig;

export interface SourcesConfig {
  readonly sources: Readonly<Record<string, SourceConfig>>;
}
