import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SyncError } from '@hooklog/sync-protocol';

/** What the signatures of requests say of their bodies, until these have arrived. */
const DIGESTS = new WeakMap<IncomingMessage, string>();

/** @param digest 64 hex digits */
export function expectBody(request: IncomingMessage, digest: string): void {
  DIGESTS.set(request, digest);
}

/** Compares a body with its signature while it arrives. A request that was let in without a signature has any body. */
export class BodyCheck {
  private readonly expected: string | undefined;
  private readonly hash: Hash | undefined;

  constructor(request: IncomingMessage) {
    this.expected = DIGESTS.get(request);
    this.hash = this.expected === undefined ? undefined : createHash('sha256');
  }

  update(chunk: Buffer): void {
    this.hash?.update(chunk);
  }

  /** Behind the last byte, and before anything is done with what only a whole body says. @throws SyncError `SIGNATURE_WRONG` */
  finish(): void {
    if (this.hash?.digest('hex') === this.expected) return;
    throw new SyncError('SIGNATURE_WRONG', 'the body is not the one that was signed');
  }
}

/** A whole body that somebody else has read. @throws SyncError `SIGNATURE_WRONG` */
export function checkBody(request: IncomingMessage, body: Buffer): void {
  const check = new BodyCheck(request);
  check.update(body);
  check.finish();
}
