import { identityOf } from '@hooklog/object-id';
import type { Candidate, Origin } from './entry';
import type { Receipt } from './frame/record';
import type { Known, Match } from './same-event';

/** What this batch has decided so far, found as the index would find it. */
export class Decided {
  readonly #byKey = new Map<string, Match>();
  readonly #byIdentity = new Map<string, Match[]>();
  readonly #receipts = new Set<string>();

  add(known: Known): void {
    const match = { key: known.key, known };
    this.#byKey.set(text(known.key), match);
    const identity = text(identityOf(known.key));
    const alike = this.#byIdentity.get(identity);
    if (alike === undefined) this.#byIdentity.set(identity, [match]);
    else alike.push(match);
  }

  addReceipt({ key, origin, sameKey }: Receipt, known: Known): void {
    this.#receipts.add(originText(origin));
    if (!sameKey) this.#byKey.set(text(key), { key, known });
  }

  under(key: Buffer): Match | undefined {
    return this.#byKey.get(text(key));
  }

  like({ key }: Candidate): Match[] {
    const named = this.#byKey.get(text(key));
    const alike = this.#byIdentity.get(text(identityOf(key))) ?? [];
    return named === undefined ? alike : [named, ...alike];
  }

  hasReceipt(origin: Origin): boolean {
    return this.#receipts.has(originText(origin));
  }
}

function text(bytes: Buffer): string {
  return bytes.toString('latin1');
}

function originText({ store, arrival }: Origin): string {
  return `${store} ${arrival}`;
}
