import { createSecretKey, type KeyObject } from 'node:crypto';
import { decodeExact } from './encoding';
import { SchemeError } from './errors';
import type { Encoding } from './scheme';

const WEBHOOK_PREFIX = 'whsec_';

/**
 * The bytes of each secret.
 * @throws SchemeError NO_SECRET; MALFORMED_SECRET for one that is empty, or surely not what the sender has
 */
export function secretBytes(secrets: readonly string[], read: (secret: string) => Buffer | string): Buffer[] {
  if (secrets.length === 0) throw new SchemeError('NO_SECRET', 'there is no secret to verify with');
  return secrets.map((secret, index) => {
    const bytes = secret === '' ? 'is empty' : read(secret);
    if (typeof bytes === 'string') {
      throw new SchemeError('MALFORMED_SECRET', `secret ${index} ${bytes}`, index);
    }
    return bytes;
  });
}

/** Keys that no log prints by accident. */
export function keysOf(secrets: readonly Buffer[]): KeyObject[] {
  return secrets.map((secret) => createSecretKey(secret));
}

/** A line end that came along from a file or a clipboard would make every signature wrong. */
export function textSecret(secret: string): Buffer | string {
  return secret.trim() === secret ? Buffer.from(secret) : 'begins or ends with white space';
}

export function encodedSecret(encoding: 'text' | Encoding): (secret: string) => Buffer | string {
  if (encoding === 'text') return textSecret;
  return (secret) => decodeExact(secret, encoding) ?? `is not ${encoding}`;
}

/** `whsec_` and base64; the prefix may be missing (Standard Webhooks, "Signature scheme"). */
export function webhookSecret(secret: string): Buffer | string {
  const text = secret.startsWith(WEBHOOK_PREFIX) ? secret.slice(WEBHOOK_PREFIX.length) : secret;
  return decodeExact(text, 'base64') ?? `is not ${WEBHOOK_PREFIX} and base64`;
}

export function basicSecret(secret: string): Buffer | string {
  return secret.includes(':') ? Buffer.from(secret) : 'is not a user name, a colon and a password';
}
