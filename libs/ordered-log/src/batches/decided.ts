import { identityOf } from '@hooklog/object-id';
import type { Candidate, Origin } from '../entry';
import { readU32LE } from '../frame/bytes';
import type { Receipt } from '../frame/record';
import type { Known, Match } from './same-event';

const NOTHING: readonly Match[] = [];

/** What this batch has decided so far, found as the index would find it. */
export class Decided {
  /** By some bytes of the identities of their keys: whoever asks compares the whole. */
  readonly #matches = new Map<number, Match[]>();
  readonly #receipts = new Set<string>();

  add(known: Known): void {
    this.#put({ key: known.key, known });
  }

  addReceipt({ key, origin, sameKey }: Receipt, known: Known): void {
    this.#receipts.add(originText(origin));
    if (!sameKey) this.#put({ key, known });
  }

  /** The last one that was decided under this key. */
  under(key: Buffer): Match | undefined {
    return this.#near(key).findLast((match) => match.key.equals(key));
  }

  /** What has this key, or is an entry of this identity. */
  like({ key }: Candidate): readonly Match[] {
    const near = this.#near(key);
    if (near.length === 0) return near;
    const named = this.under(key);
    const identity = identityOf(key);
    const alike = near.filter(
      (match) => match.key.equals(match.known.key) && identityOf(match.key).equals(identity),
    );
    return named === undefined ? alike : [named, ...alike];
  }

  hasReceipt(origin: Origin): boolean {
    return this.#receipts.has(originText(origin));
  }

  #near(key: Buffer): readonly Match[] {
    return this.#matches.get(bucketOf(key)) ?? NOTHING;
  }

  #put(match: Match): void {
    const bucket = bucketOf(match.key);
    const near = this.#matches.get(bucket);
    if (near === undefined) this.#matches.set(bucket, [match]);
    else near.push(match);
  }
}

/** The last four bytes: those of a crc32c that was chosen to be equal are not among them. */
function bucketOf(key: Buffer): number {
  return readU32LE(key, key.length - 4);
}

function originText({ store, arrival }: Origin): string {
  return `${store} ${arrival}`;
}
