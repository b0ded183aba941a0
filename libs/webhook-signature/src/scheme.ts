/** Five minutes: what Standard Webhooks, Stripe and Slack recommend. */
export const TOLERANCE_SECONDS = 300;
export const TOLERANCE_SECONDS_MAX = 86_400;

export type Algorithm = 'sha1' | 'sha256' | 'sha512';
export type Encoding = 'hex' | 'base64' | 'base64url';

interface Timed {
  /** how far the signed time may be from now, both ways; 300 unless told */
  readonly toleranceSeconds?: number;
}

/** How a sender proves who it is. Header names are read in any case. */
export type Scheme =
  | ({ readonly kind: 'standard-webhooks' } & Timed)
  | { readonly kind: 'github' }
  | ({ readonly kind: 'stripe' } & Timed)
  | { readonly kind: 'shopify' }
  | ({ readonly kind: 'slack' } & Timed)
  | { readonly kind: 'gitlab' }
  | { readonly kind: 'bearer' }
  | { readonly kind: 'basic' }
  | HmacScheme;

/** For every sender that puts one HMAC into one header. */
export interface HmacScheme extends Timed {
  readonly kind: 'hmac';
  /** the header that holds the signature */
  readonly header: string;
  readonly algorithm: Algorithm;
  readonly encoding: Encoding;
  /** stands before the signature, such as `sha256=`; nothing unless told */
  readonly prefix?: string;
  /**
   * the signed text: `{body}` once, `{timestamp}` with a timestamp header, and `{header:name}` for any other header;
   * `{body}` unless told
   */
  readonly template?: string;
  /** the header that holds the unix time in seconds */
  readonly timestampHeader?: string;
  /** how the secret's bytes are written; as text unless told */
  readonly secretEncoding?: 'text' | Encoding;
}
