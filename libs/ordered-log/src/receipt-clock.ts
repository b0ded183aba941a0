/**
 * Receipt times of one store: never backwards, whatever the machine's clock does. While that is behind the last
 * time given (it was set back, or was wrong once), time goes on at half its speed until it has caught up: a
 * standstill would make all events of that while one moment, and so copies of one another.
 */
export class ReceiptClock {
  /** ms by which the times given are ahead of the machine's clock */
  #ahead = 0;
  #now: number | undefined;

  /** @param last ms: the last time that an earlier run of this store gave */
  constructor(private last: number) {}

  /** ms; `now` is what the machine's clock says */
  read(now: number): number {
    const before = this.#now ?? now;
    if (this.#now === undefined) this.#ahead = Math.max(0, this.last - now);
    else if (now < before) this.#ahead += before - now;
    else this.#ahead = Math.max(0, this.#ahead - (now - before) / 2);
    this.#now = now;
    this.last = Math.floor(now + this.#ahead);
    return this.last;
  }

  /** The last time given, of this run or an earlier one. */
  get lastGiven(): number {
    return this.last;
  }
}
