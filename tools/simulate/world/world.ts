import { Agenda } from './agenda';
import { Dice } from './dice';
import { Trace } from './trace';

/** Turns without any time passing: whoever makes so many will never end. */
const TURNS_AT_ONCE_MAX = 100_000;
/** Turns between two visits of the real event loop, which reports promises that were rejected and never looked at. */
const TURNS_PER_VISIT = 512;

/**
 * Virtual time. One thing happens after the other, and every promise job that follows from it is done before
 * the next one: a run is a function of its seed.
 */
export class World {
  readonly dice: Dice;
  readonly trace: Trace;
  readonly #agenda = new Agenda();
  #now = 0;
  #turns = 0;
  #turnsAtOnce = 0;
  #failure: { readonly error: Error } | undefined;

  constructor(seed: number, tracing: boolean) {
    this.dice = new Dice(seed);
    this.trace = new Trace(() => this.#now, tracing);
  }

  /** ms since the simulation began */
  get now(): number {
    return this.#now;
  }

  get turns(): number {
    return this.#turns;
  }

  /** Calls `run` after the time; the answer calls it off. */
  after(ms: number, run: () => void): () => void {
    if (!(ms < Infinity)) throw new Error(`${ms} ms is no time`);
    const appointment = this.#agenda.add(this.#now + Math.max(0, ms), run);
    return () => (appointment.run = undefined);
  }

  /** Resolves after the time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Ends `run` with this error. */
  fail(error: unknown): void {
    this.#failure ??= { error: error as Error };
  }

  /** Resolves when `isOver` says so after some turn; rejects with the failure, or when nothing is left to happen. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        if (this.#failure !== undefined) return reject(this.#failure.error);
        if (isOver()) return resolve();
        const next = this.#agenda.take();
        if (next === undefined) return reject(new Error('nothing is left to happen'));
        this.#begin(next.at, next.order);
        try {
          next.run!();
        } catch (error) {
          this.fail(error);
        }
        queueMicrotask(again);
      };
      // A tick begins after the last promise job, also of those that the jobs themselves have made.
      const again = (): void => {
        if (this.#turns % TURNS_PER_VISIT === 0) setImmediate(turn);
        else process.nextTick(turn);
      };
      setImmediate(turn);
    });
  }

  #begin(at: number, order: number): void {
    this.#turnsAtOnce = at === this.#now ? this.#turnsAtOnce + 1 : 0;
    if (this.#turnsAtOnce > TURNS_AT_ONCE_MAX) this.fail(new Error('time stands still'));
    this.#now = at;
    this.#turns++;
    this.trace.mix(order);
    this.trace.mix(at * 1000);
  }
}
