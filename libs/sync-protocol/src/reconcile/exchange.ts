import { type Bound, boundBetween, INFINITY, lastTimestampBefore, ZERO } from './bound';
import type { Findings } from './findings';
import type { ItemSet } from './item-set';
import type { Range } from './message-reader';
import { type Mark, type MessageSize, MessageWriter } from './message-writer';
import type { Policy } from './policy';

export interface ExchangeOptions extends MessageSize {
  readonly policy: Policy;
}

/** A range of a message with the own items [lower, upper) in it. */
interface Own {
  readonly range: Range;
  /** Where it begins. */
  readonly from: Bound;
  readonly lower: number;
  readonly upper: number;
  /** Of a fingerprint: it is not that of the own items. */
  readonly differs: boolean;
}

/** How the ranges of one message are answered, seen how many of them differ. */
interface Scale {
  readonly buckets: number;
  /** A range of at most so many items is guessed at. */
  readonly guessItemsMax: number;
}

/** What counts as nearly all. */
const DENSE = 7 / 8;

/**
 * Makes a message for a peer, from its last one. With `findings` this side is the initiator, which takes the ids
 * that it is told; the server answers them with its own.
 */
export class Exchange {
  readonly #writer: MessageWriter;
  readonly #policy: Policy;

  constructor(
    private readonly set: ItemSet,
    options: ExchangeOptions,
    private readonly findings?: Findings,
  ) {
    this.#writer = new MessageWriter(options);
    this.#policy = options.policy;
  }

  first(): Buffer {
    const { firstBuckets, initiatorListMax } = this.#policy;
    this.#split(0, this.set.size, INFINITY, firstBuckets, initiatorListMax);
    return this.#writer.finish();
  }

  next(ranges: readonly Range[]): Buffer {
    const all = this.#locate(ranges);
    const scale = this.#scaleOf(all);
    for (const own of all) {
      const mark = this.#writer.mark();
      const told = this.#answer(own, scale);
      if (!this.#writer.isFull) continue;
      if (own.differs) this.#takeBack(own, mark);
      else this.#rest(told);
      break;
    }
    return this.#writer.finish();
  }

  #locate(ranges: readonly Range[]): Own[] {
    let from = ZERO;
    let lower = 0;
    return ranges.map((range) => {
      const upper = this.set.lowerBound(range.upper.timestamp, range.upper.id);
      const differs =
        range.mode === 'fingerprint' && !range.fingerprint.equals(this.set.fingerprint(lower, upper));
      const own = { range, from, lower, upper, differs };
      from = range.upper;
      lower = upper;
      return own;
    });
  }

  #scaleOf(all: readonly Own[]): Scale {
    const { buckets, denseBuckets, guessesMax } = this.#policy;
    const compared = all.filter(({ range }) => range.mode === 'fingerprint').length;
    const differing = all.filter(({ differs }) => differs).length;
    const isDense = differing > 1 && differing >= DENSE * compared;
    return {
      buckets: isDense ? denseBuckets : buckets,
      guessItemsMax: differing === 0 ? 0 : Math.floor(guessesMax / differing),
    };
  }

  /** Returns the index of the first item that the message does not speak of. */
  #answer(own: Own, scale: Scale): number {
    const { range, upper } = own;
    if (range.mode === 'ids') {
      if (this.findings === undefined) return this.#answerIds(own);
      this.#takeIds(own, range.ids, this.findings);
    }
    if (!own.differs) this.#writer.skip(range.upper);
    else if (upper - own.lower > scale.guessItemsMax) this.#narrow(own, scale.buckets);
    else if (!this.#guess(own)) this.#narrowGuessed(own, scale.buckets);
    return upper;
  }

  #takeIds({ range, from, lower, upper }: Own, ids: readonly Buffer[], findings: Findings): void {
    const to = lastTimestampBefore(range.upper);
    findings.compare(this.set.items(lower, upper), ids, from.timestamp, to);
  }

  /** As many of the own ids as fit. */
  #answerIds({ range, lower, upper }: Own): number {
    const end = lower + Math.min(upper - lower, this.#writer.idsMax);
    const bound = end < upper ? this.set.itemAt(end) : range.upper;
    this.#writer.ids(bound, this.set.items(lower, end), end - lower);
    return end;
  }

  /** Where the peer has all items of a range but one, that one is all there is to say. */
  #guess({ range, lower, upper }: Own): boolean {
    if (range.mode !== 'fingerprint') return false;
    const index = this.set.surplus(lower, upper, range.fingerprint);
    if (index === undefined) return false;
    if (this.findings === undefined) this.#tell(index, lower, upper, range.upper);
    else this.findings.have(this.set.itemAt(index));
    this.#writer.skip(range.upper);
    return true;
  }

  #tell(index: number, lower: number, upper: number, bound: Bound): void {
    if (index > lower) this.#writer.skip(this.#boundAt(index));
    const end = index + 1 < upper ? this.#boundAt(index + 1) : bound;
    this.#writer.ids(end, this.set.items(index, index + 1), 1);
  }

  #narrow({ range, lower, upper }: Own, buckets: number): void {
    const { initiatorListMax, serverListMax } = this.#policy;
    const listMax = this.findings === undefined ? serverListMax : initiatorListMax;
    this.#split(lower, upper, range.upper, buckets, listMax);
  }

  /** Into parts that the server may list if its guess fails as well. */
  #narrowGuessed({ range, lower, upper }: Own, buckets: number): void {
    const { initiatorListMax, guessedListMax } = this.#policy;
    const parts = Math.min(buckets, Math.max(2, Math.ceil((upper - lower) / guessedListMax)));
    const listMax = this.findings === undefined ? guessedListMax : initiatorListMax;
    this.#split(lower, upper, range.upper, parts, listMax);
  }

  /** Into parts of equal count, the first ones one larger; or, where there are few items, their ids. */
  #split(lower: number, upper: number, bound: Bound, buckets: number, listMax: number): void {
    const items = upper - lower;
    if (items <= listMax) return this.#writer.ids(bound, this.set.items(lower, upper), items);
    const parts = Math.min(buckets, items);
    let from = lower;
    for (let part = 0; part < parts; part++) {
      const to = from + Math.floor(items / parts) + (part < items % parts ? 1 : 0);
      this.#writer.fingerprint(to === upper ? bound : this.#boundAt(to), this.set.fingerprint(from, to));
      from = to;
    }
  }

  #boundAt(index: number): Bound {
    return boundBetween(this.set.itemAt(index - 1), this.set.itemAt(index));
  }

  /** The answer to a range did not fit: it is part of the rest. */
  #takeBack({ lower, upper }: Own, mark: Mark): void {
    if (this.#policy.rest === 'untold') {
      this.#writer.rewind(mark);
      this.#rest(lower);
    } else {
      this.#writer.rewind({ ...mark, skipped: undefined });
      this.#rest(upper);
    }
  }

  #rest(from: number): void {
    this.#writer.fingerprint(INFINITY, this.set.fingerprint(from, this.set.size));
  }
}
