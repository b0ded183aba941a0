import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { EntryKey } from '@hooklog/object-id';
import { FingerprintIndex } from '@hooklog/ordered-log';
import { answerReconcile, type ReconcileOptions, Reconciler, REFERENCE, TUNED } from '@hooklog/sync-protocol';
import { print, wholeNumber } from '../cluster/program';
import { seeded } from '../proof/random';
import { usedBytes } from './garbage';
import { machine, median } from './measure';

const FIRST_SECONDS = 1_763_600_000;
const RUNS = 3;
/** In an id list: 72 hex digits, two quotes, a comma. */
const LISTED_BYTES = 75;

const NO_LIMITS = {
  frameBytesMax: 0,
  limits: {
    messageBytesMax: Infinity,
    messageRangesMax: Infinity,
    differencesMax: Infinity,
    roundsMax: Infinity,
  },
};
const TUNED_WHOLE: ReconcileOptions = { policy: TUNED, ...NO_LIMITS };
const TUNED_FRAMES: ReconcileOptions = { policy: TUNED };
const REFERENCE_WHOLE: ReconcileOptions = { policy: REFERENCE, ...NO_LIMITS };

interface Figures {
  readonly bytes: number;
  readonly rounds: number;
  readonly ms: number;
  readonly longestMs: number;
}

/** Keys that one side, or the other, has not. */
interface Case {
  readonly name: string;
  readonly missingHere: readonly EntryKey[];
  readonly missingThere: readonly EntryKey[];
}

/** What does it cost to compare two nodes, beside the list of all ids? In process: the protocol and the index alone. */
export async function reconcile(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { entries: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
  });
  const entries = wholeNumber('entries', values.entries);
  const large = await Pair.of(entries);
  const rows = large.cases().map((each) => largeRow(large, each));
  const growth: Row[] = [];
  for (const some of [entries / 100, entries / 10]) growth.push(growthRow(await Pair.of(Math.floor(some))));
  growth.push(growthRow(large));
  if (values.json) print(JSON.stringify({ machine: machine(), entries, rows, growth }));
  else
    print(
      `two sets of ${entries} entries, one a second, both directions counted\n${machine()}\n` +
        `${columns(rows)}\n\ngrowth\n${columns(growth)}`,
    );
  return 0;
}

/** Two sets that have the same keys. */
class Pair {
  private constructor(
    readonly keys: readonly EntryKey[],
    readonly here: FingerprintIndex,
    readonly there: FingerprintIndex,
    readonly bytesPerEntry: number,
  ) {}

  static async of(entries: number): Promise<Pair> {
    const keys = keysOf(entries);
    const before = await usedBytes();
    const here = indexOf(keys);
    here.fingerprint(0, entries);
    return new Pair(keys, here, indexOf(keys), ((await usedBytes()) - before) / entries / 2);
  }

  cases(): Case[] {
    const newest = this.keys.slice(-1000);
    return [
      { name: 'in sync', missingHere: [], missingThere: [] },
      ...[10, 1000, 10_000].map((count) => this.spread(count)),
      this.spreadOnBoth(1000),
      { name: '1000 newest', missingHere: newest, missingThere: [] },
    ];
  }

  spread(count: number): Case {
    return { name: `${count} spread`, missingHere: this.#anyOf(count), missingThere: [] };
  }

  spreadOnBoth(count: number): Case {
    const any = this.#anyOf(count);
    const half = count / 2;
    return {
      name: `${count} spread, half each`,
      missingHere: any.slice(0, half),
      missingThere: any.slice(half),
    };
  }

  /** Medians of some runs; what is missing is there again afterwards. */
  compare({ missingHere, missingThere }: Case, options: ReconcileOptions): Figures {
    for (const key of missingHere) this.here.remove(key);
    for (const key of missingThere) this.there.remove(key);
    const runs = Array.from({ length: RUNS }, () =>
      this.#run(options, missingThere.length, missingHere.length),
    );
    for (const key of missingHere) this.here.insert(key);
    for (const key of missingThere) this.there.insert(key);
    const [first] = runs as [Figures];
    return {
      ...first,
      ms: median(runs.map(({ ms }) => ms)),
      longestMs: median(runs.map((run) => run.longestMs)),
    };
  }

  #run(options: ReconcileOptions, surplus: number, missing: number): Figures {
    const clock = new Clock();
    const reconciler = new Reconciler(this.here, options);
    let [bytes, rounds, have, need] = [0, 0, 0, 0];
    let message: Buffer | undefined = clock.time(() => reconciler.initiate());
    while (message !== undefined) {
      const question: Buffer = message;
      const answer = clock.time(() => answerReconcile(this.there, question, options));
      const step = clock.time(() => reconciler.reconcile(answer));
      bytes += question.length + answer.length;
      have += step.have.length;
      need += step.need.length;
      rounds += 1;
      message = step.message;
    }
    if (have !== surplus || need !== missing)
      throw new Error(`found ${have} and ${need}, not ${surplus} and ${missing}`);
    return { bytes, rounds, ms: clock.totalMs, longestMs: clock.longestMs };
  }

  #anyOf(count: number): EntryKey[] {
    const random = seeded(count);
    const chosen = new Set<EntryKey>();
    while (chosen.size < count) chosen.add(this.keys[Math.floor(random() * this.keys.length)] as EntryKey);
    return [...chosen];
  }
}

class Clock {
  totalMs = 0;
  longestMs = 0;

  time<T>(call: () => T): T {
    const begin = performance.now();
    const result = call();
    const ms = performance.now() - begin;
    this.totalMs += ms;
    this.longestMs = Math.max(this.longestMs, ms);
    return result;
  }
}

type Row = Readonly<Record<string, string | number>>;

function largeRow(pair: Pair, each: Case): Row {
  const tuned = pair.compare(each, TUNED_WHOLE);
  const frames = pair.compare(each, TUNED_FRAMES);
  const reference = pair.compare(each, REFERENCE_WHOLE);
  const differences = each.missingHere.length + each.missingThere.length;
  return {
    differences: each.name,
    bytes: tuned.bytes,
    'B/difference': perDifference(tuned.bytes, differences),
    rounds: tuned.rounds,
    ms: tuned.ms.toFixed(1),
    'longest call, ms': tuned.longestMs.toFixed(1),
    'in 256 KiB frames: B': frames.bytes,
    'rounds ': frames.rounds,
    'longest call, ms ': frames.longestMs.toFixed(1),
    'reference policy: B/difference': perDifference(reference.bytes, differences),
    'id list, B': LISTED_BYTES * pair.keys.length,
  };
}

function growthRow(pair: Pair): Row {
  const cost = (each: Case): string => {
    const { bytes, rounds } = pair.compare(each, TUNED_WHOLE);
    return `${perDifference(bytes, each.missingHere.length)} in ${rounds} rounds`;
  };
  const inSync = pair.compare({ name: '', missingHere: [], missingThere: [] }, TUNED_WHOLE);
  return {
    entries: pair.keys.length,
    'in sync, B': inSync.bytes,
    ms: inSync.ms.toFixed(2),
    'B/difference of 10': cost(pair.spread(10)),
    'of 1000': cost(pair.spread(1000)),
    'id list, B': LISTED_BYTES * pair.keys.length,
    'index, B/entry': pair.bytesPerEntry.toFixed(1),
  };
}

function perDifference(bytes: number, differences: number): string {
  return differences === 0 ? '–' : (bytes / differences).toFixed(1);
}

function columns(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name])))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

function keysOf(entries: number): EntryKey[] {
  const random = seeded(1);
  const seconds = Uint32Array.from(
    { length: entries },
    () => FIRST_SECONDS + Math.floor(random() * entries),
  ).sort();
  const keys = Array.from(seconds, (second, i) => {
    const key = Buffer.allocUnsafe(36);
    key.writeUInt32BE(second);
    createHash('sha256').update(String(i)).digest().copy(key, 4);
    return key as EntryKey;
  });
  return keys.sort((one, two) => one.compare(two));
}

function indexOf(keys: readonly EntryKey[]): FingerprintIndex {
  const index = new FingerprintIndex();
  for (const key of keys) index.insert(key);
  return index;
}
