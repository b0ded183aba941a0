/** A turn of the event loop that takes longer (ms) is not waited for again until one is shorter. */
const LONG_TURN_MS = 20;

/**
 * Turns of the event loop, for whoever gains by what they bring. In a flood a turn takes as long as all that is refused
 * in it: then nobody waits.
 */
export class LoopTurns {
  #turn: Promise<void> | undefined;
  #isLate = false;

  /** Resolves after this turn of the event loop; at once while turns take long. */
  next(): Promise<void> {
    this.#turn ??= this.#measured();
    return this.#isLate ? Promise.resolve() : this.#turn;
  }

  #measured(): Promise<void> {
    const startedAt = performance.now();
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = undefined;
        this.#isLate = performance.now() - startedAt > LONG_TURN_MS;
        resolve();
      });
    });
  }
}
