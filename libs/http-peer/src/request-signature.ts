import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
const NONCE_BYTES = 16;
/** Parts of the protocol: all nodes of a cluster derive the same key from the same secret, and for this alone. */
const KEY_PURPOSE = 'hooklog request signature v1';
const TEXT_BEGIN = 'hooklog request v1';
const HEADER =
  /^Hooklog time=(\d{1,15}), nonce=([0-9a-f]{32}), digest=([0-9a-f]{64}), signature=([0-9a-f]{64})$/;

/** What a signature says, beside that its sender knows the secret. */
export interface Signed {
  /** path and query as they are sent, in front of any prefix that a proxy takes away */
  readonly target: string;
  readonly method: string;
  /** ms since the epoch, on the sender's clock */
  readonly time: number;
  /** 32 hex digits, never used again */
  readonly nonce: string;
  /** SHA-256 of the body, 64 hex digits */
  readonly digest: string;
}

/** What the header of a request says, before anything of it is believed. */
export interface Shown extends Pick<Signed, 'time' | 'nonce' | 'digest'> {
  /** 64 hex digits */
  readonly signature: string;
}

/** HKDF-SHA256 (RFC 5869) of the cluster's secret. It signs and is never sent. */
export function signatureKey(clusterSecret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', clusterSecret, '', KEY_PURPOSE, KEY_BYTES));
}

/** HMAC-SHA256 (RFC 2104) of one line for each part, 64 hex digits. No part has a line break in it. */
export function signatureOf(key: Buffer, { method, target, time, nonce, digest }: Signed): string {
  const text = [TEXT_BEGIN, method, target, time, nonce, digest].join('\n');
  return createHmac('sha256', key).update(text).digest('hex');
}

/** In constant time. */
export function isSignedWith(key: Buffer, signed: Signed, { signature }: Pick<Shown, 'signature'>): boolean {
  return timingSafeEqual(Buffer.from(signatureOf(key, signed), 'hex'), Buffer.from(signature, 'hex'));
}

/** undefined: no signature of this kind */
export function readSignature(authorization: string | undefined): Shown | undefined {
  const [, time, nonce, digest, signature] = HEADER.exec(authorization ?? '') ?? [];
  if (nonce === undefined || digest === undefined || signature === undefined) return undefined;
  return { time: Number(time), nonce, digest, signature };
}

export function digestOf(body: Buffer | undefined): string {
  return createHash('sha256')
    .update(body ?? '')
    .digest('hex');
}

/** Signs what this node asks of others. */
export class RequestSigner {
  private readonly key: Buffer;

  /** @param now ms since the epoch */
  constructor(
    clusterSecret: string,
    private readonly now: () => number,
  ) {
    this.key = signatureKey(clusterSecret);
  }

  /** The value of `authorization`, for one request: a second one with it is a replay. */
  sign(method: string, target: string, body: Buffer | undefined): string {
    const time = Math.floor(this.now());
    const nonce = randomBytes(NONCE_BYTES).toString('hex');
    const digest = digestOf(body);
    const signature = signatureOf(this.key, { method, target, time, nonce, digest });
    return `Hooklog time=${time}, nonce=${nonce}, digest=${digest}, signature=${signature}`;
  }
}
