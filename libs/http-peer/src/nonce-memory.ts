const SECOND_MS = 1000;

export interface NonceLimits {
  /** nonces that are kept at once */
  readonly noncesMax: number;
  /** ms by which the clocks of two nodes may differ: a nonce is kept for so long */
  readonly clockSkewMsMax: number;
}

/**
 * The nonces of the requests that were accepted, as long as their time is. What is forgotten earlier is refused by its
 * time instead: when there are too many, and what was signed before this memory began.
 */
export class NonceMemory {
  private readonly bySecond = new Map<number, Set<string>>();
  private size = 0;
  private latest: number;
  private floor: number;

  /** @param now ms since the epoch: what was signed before this is not known here */
  constructor(
    private readonly limits: NonceLimits,
    now: number,
  ) {
    this.latest = now;
    this.floor = now;
  }

  get held(): number {
    return this.size;
  }

  /** ms since the epoch: anything signed before it may have been accepted already */
  get since(): number {
    return this.floor;
  }

  /**
   * @param time when the request was signed, at most `clockSkewMsMax` away from now
   * @returns false when this nonce was noted before, or may have been
   */
  note(nonce: string, time: number, now: number): boolean {
    this.follow(now);
    if (time < this.floor) return false;
    const nonces = this.bucket(Math.floor(time / SECOND_MS), now);
    if (nonces.has(nonce)) return false;
    nonces.add(nonce);
    this.size += 1;
    if (this.size > this.limits.noncesMax) this.forgetEarliest();
    return true;
  }

  /** A clock that was set back would keep everybody out until it is where it was: this memory begins anew there. */
  private follow(now: number): void {
    if (now < this.latest - this.limits.clockSkewMsMax) {
      this.floor = now;
      this.latest = now;
    } else this.latest = Math.max(this.latest, now);
  }

  private bucket(second: number, now: number): Set<string> {
    const known = this.bySecond.get(second);
    if (known) return known;
    this.forgetUpTo(Math.floor((now - this.limits.clockSkewMsMax) / SECOND_MS));
    const nonces = new Set<string>();
    this.bySecond.set(second, nonces);
    return nonces;
  }

  /** Their time alone refuses them now. */
  private forgetUpTo(end: number): void {
    for (const second of this.bySecond.keys()) if (second < end) this.forget(second);
  }

  private forgetEarliest(): void {
    const earliest = Math.min(...this.bySecond.keys());
    this.forget(earliest);
    this.floor = Math.max(this.floor, (earliest + 1) * SECOND_MS);
  }

  private forget(second: number): void {
    this.size -= this.bySecond.get(second)?.size ?? 0;
    this.bySecond.delete(second);
  }
}
