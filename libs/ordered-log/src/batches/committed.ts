import { NOTED_EVERY } from '../limits';
import { comparePositions, type Position, START } from '../position';
import type { PendingRows } from '../rows/pending-rows';
import type { LogState } from '../state';
import type { Commit } from './plan';

/** Ended pending entries that one batch forgets. */
const EXPIRED_MAX = 256;

/** How far the log is committed, and who has been told. What is forgotten at a crash is learned again. */
export class Committed {
  #position: Position;
  /** What the log itself has noted of it. */
  #noted: Position;
  /** What the index behind it knows, which is more. */
  #indexed: Position;
  /** Up to there nothing is kept any longer in case that it is cut. */
  #expired: Position = START;

  constructor(
    position: Position,
    private readonly pending: Pick<PendingRows, 'retiredUpTo'>,
  ) {
    this.#position = position;
    this.#noted = position;
    this.#indexed = position;
  }

  /** No record up to here is ever cut. */
  get position(): Position {
    return this.#position;
  }

  /** @param end of the log: what is beyond it is not known to be of this log */
  advance(position: Position, end: Position): void {
    const known = comparePositions(position, end) < 0 ? position : end;
    if (comparePositions(known, this.#position) > 0) this.#position = known;
  }

  /** The log ends here now: whoever told of more while it was cut, or may have been, meant another log. */
  cut(end: Position): void {
    if (comparePositions(this.#position, end) > 0) this.#position = end;
  }

  /** false: `newsWithoutLook` tells the same as `newsOf`. */
  mayExpire(state: LogState, position = this.#position): boolean {
    return state.retired > 0 && comparePositions(position, this.#expired) > 0;
  }

  /**
   * What a batch behind this state has to note in the log; undefined: nothing.
   * @param position what was committed when the batch was begun
   */
  async newsOf(state: LogState, position = this.#position): Promise<Commit | undefined> {
    const mayExpire = this.mayExpire(state, position);
    return this.#news(
      state,
      position,
      mayExpire ? await this.pending.retiredUpTo(position, EXPIRED_MAX) : [],
    );
  }

  /** The same without a look at the disk. @param state what is durable, whether or not it is seen yet */
  newsWithoutLook(state: LogState): Commit | undefined {
    return this.#news(state, this.#position, []);
  }

  /** A batch that notes this is durable. */
  noted({ position }: Commit): void {
    this.#noted = position;
  }

  get isIndexed(): boolean {
    return comparePositions(this.#position, this.#indexed) <= 0;
  }

  /** The index is told now. */
  index(): Position {
    this.#indexed = this.#position;
    return this.#position;
  }

  /** Due now and then: with every batch it would cost more than the batch. */
  #news(state: LogState, position: Position, expired: readonly Position[]): Commit | undefined {
    if (comparePositions(position, this.#expired) <= 0) return undefined;
    if (expired.length > 0) return { position, expired };
    this.#expired = position;
    const isDue = state.lostUpTo !== undefined || position.sequence - this.#noted.sequence >= NOTED_EVERY;
    return isDue && comparePositions(position, this.#noted) > 0 ? { position, expired } : undefined;
  }
}
