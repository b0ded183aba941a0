import type { EntryKey } from '@hooklog/object-id';
import { FingerprintIndex, type Fingerprints } from '../fingerprints/fingerprint-index';
import { comparePositions, type Position, START } from '../position';
import type { PageLimits } from '../rows/database';
import { type KeyChange, keyChangesOf, rowsOfRecord } from '../rows/index-rows';
import { decodeOwn } from '../rows/log-rows';
import { decodeOwnPending } from '../rows/pending-rows';
import type { LogState } from '../state';
import type { Reads, ReadsOptions } from './reads';

export interface VerifiedFingerprints {
  /** What the log has, and what is pending. */
  readonly entries: number;
  readonly equal: boolean;
  /** The first key that is not as it should be; undefined: all are. */
  readonly difference?: {
    readonly key: EntryKey;
    /** `missing`: an entry has it, and the fingerprints do not. `surplus`: the other way round. */
    readonly is: 'missing' | 'surplus';
  };
}

export interface VerifyOptions extends Omit<ReadsOptions, 'rows'> {
  readonly reads: Reads;
}

/** Makes the fingerprints anew from the entries, while others write, and compares them with those that are used. */
export async function verifyFingerprints(
  options: VerifyOptions,
  signal: AbortSignal | undefined,
): Promise<VerifiedFingerprints> {
  for (;;) {
    const verified = await new Verification(options, signal).run();
    if (verified !== undefined) return verified;
  }
}

class Verification {
  readonly #anew = new FingerprintIndex();
  /** Keys that changed since it began: what is read of them may be older. */
  readonly #changed = new FingerprintIndex();
  readonly #before: LogState;
  readonly #used: FingerprintIndex;

  constructor(
    private readonly options: VerifyOptions,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#before = options.state();
    this.#used = options.index.fingerprints;
  }

  /** undefined: the log was cut, or opened anew, meanwhile. */
  async run(): Promise<VerifiedFingerprints | undefined> {
    const unwatch = this.options.index.watch((changes) => this.#follow(changes));
    try {
      await this.options.ready();
      await this.#readLog();
      await this.#readPending();
      return (await this.#isOver()) ? undefined : compared(this.#anew, this.#used);
    } finally {
      unwatch();
    }
  }

  /** Also waits for the batch that is being written, of which something may have been read already. */
  async #isOver(): Promise<boolean> {
    await this.options.settled();
    const wasCut = this.options.state().cuts !== this.#before.cuts;
    return wasCut || this.options.index.fingerprints !== this.#used;
  }

  async #readLog(): Promise<void> {
    const { reads } = this.options;
    for (let at: Position = START; comparePositions(at, this.#before.position) < 0;) {
      const records = await reads.records(at, this.#nextPage());
      if (records.length === 0) return;
      this.#take(keyChangesOf(records.flatMap((record) => rowsOfRecord(decodeOwn(record)))));
      at = records.at(-1)!.position;
    }
  }

  /** What waits for a receipt of its own may have a key that is another name already. */
  async #readPending(): Promise<void> {
    const { reads, index } = this.options;
    for (let after = 0; after < this.#before.arrival;) {
      const records = await reads.pending(after, this.#nextPage());
      if (records.length === 0) return;
      const keys = records.map((record) => decodeOwnPending(record).key);
      const locations = await index.locations(keys);
      const own = keys.filter((_, i) => locations[i]?.at !== 'alias');
      this.#take(own.map((key) => ({ key, isOfEntry: true })));
      after = records.at(-1)!.arrival;
    }
  }

  /** @throws the reason of the signal, when it shall end */
  #nextPage(): PageLimits {
    this.signal?.throwIfAborted();
    const { pageBytesMax, pageEntriesMax } = this.options.limits;
    return { bytesMax: pageBytesMax, rowsMax: pageEntriesMax };
  }

  /** What was read. */
  #take(changes: readonly KeyChange[]): void {
    for (const change of changes) if (!this.#changed.has(change.key)) this.#set(change);
  }

  /** What was written meanwhile. */
  #follow(changes: readonly KeyChange[]): void {
    for (const change of changes) {
      this.#changed.insert(change.key);
      this.#set(change);
    }
  }

  #set({ key, isOfEntry: isThere }: KeyChange): void {
    if (isThere) this.#anew.insert(key);
    else this.#anew.remove(key);
  }
}

function compared(anew: Fingerprints, used: Fingerprints): VerifiedFingerprints {
  const entries = anew.size;
  const common = commonOf(anew, used);
  if (common === anew.size && common === used.size) return { entries, equal: true };
  const [missing, surplus] = [anew, used].map((one) => (common < one.size ? one.keyAt(common) : undefined));
  const isMissing = surplus === undefined || (missing !== undefined && missing.compare(surplus) < 0);
  const difference = isMissing
    ? { key: missing!, is: 'missing' as const }
    : { key: surplus, is: 'surplus' as const };
  return { entries, equal: false, difference };
}

/** How many keys are the same from the first one on. */
function commonOf(a: Fingerprints, b: Fingerprints): number {
  let low = 0;
  for (let high = Math.min(a.size, b.size); low < high;) {
    const middle = (low + high + 1) >> 1;
    if (a.fingerprint(0, middle).equals(b.fingerprint(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}
