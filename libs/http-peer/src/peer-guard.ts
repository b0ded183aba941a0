import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { RequestHandler } from 'express';
import { SyncError } from '@hooklog/sync-protocol';
import { PEER_LIMITS, type PeerLimits } from './limits';
import { NonceMemory } from './nonce-memory';
import { isSignedWith, readSignature, signatureKey } from './request-signature';
import { expectBody } from './signed-body';

export interface PeerGuardOptions {
  /** undefined: there is none, and everybody who gets to this node is trusted */
  readonly secret: string | undefined;
  /** nodes also show a certificate that the server has checked */
  readonly certificates?: boolean;
  /** ms since the epoch */
  readonly now: () => number;
  readonly limits?: Partial<PeerLimits>;
}

/**
 * In front of what nodes ask of each other: each request is signed with the secret of the cluster, recently, and comes
 * once. To be made before the node listens: what was signed earlier is refused, since it may have come before a restart.
 */
export class PeerGuard {
  private readonly key: Buffer | undefined;
  private readonly limits: PeerLimits;
  private readonly nonces: NonceMemory;

  constructor(private readonly options: PeerGuardOptions) {
    const { secret, now, limits } = options;
    this.key = secret === undefined ? undefined : signatureKey(secret);
    this.limits = { ...PEER_LIMITS, ...limits };
    this.nonces = new NonceMemory(this.limits, now());
  }

  readonly handler: RequestHandler = (request, _response, next) => {
    this.check(request, request.originalUrl);
    next();
  };

  /**
   * Its body is compared by whoever reads it (`BodyCheck`).
   * @param target path and query as they were sent
   * @throws SyncError `CERTIFICATE_MISSING`, `SIGNATURE_MISSING`, `SIGNATURE_WRONG`, `CLOCK_SKEW`, `REPLAYED`
   */
  check(request: IncomingMessage, target: string): void {
    if (this.options.certificates && !(request.socket as TLSSocket).authorized)
      throw new SyncError(
        'CERTIFICATE_MISSING',
        'nodes show a certificate of an authority that is known here',
      );
    if (this.key === undefined) return;
    const shown = readSignature(request.headers.authorization);
    if (shown === undefined)
      throw new SyncError('SIGNATURE_MISSING', 'only nodes of the cluster ask for this, and they sign it');
    const signed = { ...shown, method: request.method ?? '', target };
    if (!isSignedWith(this.key, signed, shown))
      throw new SyncError(
        'SIGNATURE_WRONG',
        'this is not what was signed, or not with the secret of this cluster',
      );
    this.checkTime(shown.time, shown.nonce);
    expectBody(request, shown.digest);
  }

  private checkTime(time: number, nonce: string): void {
    const now = this.options.now();
    const { clockSkewMsMax } = this.limits;
    if (Math.abs(now - time) > clockSkewMsMax)
      throw new SyncError('CLOCK_SKEW', clocksDiffer(time, now, clockSkewMsMax));
    if (!this.nonces.note(nonce, time, now))
      throw new SyncError('REPLAYED', mayBeKnown(time, this.nonces.since));
  }
}

/** Whether a request claims to be one of a node. */
export function isSigned({ headers }: IncomingMessage): boolean {
  return readSignature(headers.authorization) !== undefined;
}

function clocksDiffer(time: number, now: number, clockSkewMsMax: number): string {
  const [there, here] = [printTime(time), printTime(now)];
  return `the sender's clock says ${there}, the one of the node that was asked ${here}: they may differ by ${clockSkewMsMax / 1000} seconds, set the wrong one`;
}

function mayBeKnown(time: number, since: number): string {
  if (time >= since) return 'this very request has come before: each one is signed anew';
  return `it was signed at ${printTime(time)}, and requests are only remembered here since ${printTime(since)}: sign it anew`;
}

/** Years behind 9999 and other numbers that are no time come from senders that know the secret: they are shown, too. */
function printTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}
