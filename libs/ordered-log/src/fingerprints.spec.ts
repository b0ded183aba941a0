import type { Databases } from './conformance';
import { collect, NOON, recordsOf, replicate, taken, webhook } from './conformance/webhooks';
import { type Candidate, OrderedLog } from './index';
import { entryKeyRow, SEGMENT_ROWS } from './rows/keys';
import { type Fault, FaultyLevel } from './testing/faulty';
import { HeldLevel } from './testing/held';
import { copyOf, emptyMemory, ENCODING, MemoryDatabase } from './testing/memory';
import { seeded } from './testing/random';
import { Timeline } from './testing/timeline';
import { fingerprintOf, trueKeys, wrongSegments } from './testing/true-keys';

const OPTIONS = { node: 'n', newStoreId: '00000000000000cc', machineRun: 'a' };
/** Enough for some segments that are stored. */
const ENTRIES = 1600;

/** One a second, each with a body of its own. */
const entry = (i: number): Candidate => webhook(`w${i}`, { at: NOON + i * 1000 });
const many = Array.from({ length: ENTRIES }, (_, i) => entry(i));

async function opened(databases: Databases, options: object = {}): Promise<OrderedLog> {
  return OrderedLog.open({ ...OPTIONS, ...options, ...databases });
}

function empty(): Databases {
  return { log: emptyMemory(), index: emptyMemory() };
}

/** A log that leads, with the first of `many`. */
async function filled(databases: Databases, entries = ENTRIES): Promise<OrderedLog> {
  const log = await opened(databases);
  await log.lead();
  for (let i = 0; i < entries; i += 200)
    await Promise.all(many.slice(i, i + 200).map((each) => log.append(each)));
  await indexed(log);
  return log;
}

/** A read waits for the index. */
async function indexed(log: OrderedLog): Promise<void> {
  expect(await log.find(webhook('nobody sent this').key)).toEqual([]);
}

/** In memory and as stored, the fingerprints are those of the entries. */
async function prove(log: OrderedLog, { index }: Databases): Promise<void> {
  await indexed(log);
  const keys = await trueKeys(log);
  const { size } = log.fingerprints;
  expect([size, log.fingerprints.fingerprint(0, size)]).toEqual([keys.length, fingerprintOf(keys)]);
  expect(await wrongSegments(index, keys)).toEqual([]);
}

async function segmentsOf({ index }: Databases): Promise<[Buffer, Buffer][]> {
  return index.iterator(SEGMENT_ROWS).all();
}

/** The same rows, as a stopped process left them. */
async function copied({ log, index }: Databases): Promise<Databases> {
  await Promise.all([log.open(), index.open()]);
  return { log: await copyOf(log), index: await copyOf(index) };
}

describe('fingerprints of a log that follows, is cut, stops and dies', () => {
  // prettier-ignore
  const KINDS = [
    'append', 'append', 'append', 'append', 'take', 'take', 'collect', 'replicate', 'replicate', 'cut', 'stop', 'die',
    'die', 'powerCut', 'spoil',
  ] as const;

  class Follower {
    #timeline = new Timeline();
    log!: OrderedLog;
    #run = 0;
    #begun = 0;
    /** What is still to come, in any order. */
    readonly #deck: (typeof KINDS)[number][] = [];

    constructor(
      private readonly random: (below: number) => number,
      private readonly writer: OrderedLog,
    ) {}

    get databases(): Databases {
      return this.#timeline;
    }

    async open(): Promise<void> {
      const limits = { batchEntriesMax: 64, pageEntriesMax: 150 };
      this.log = await opened(this.databases, { machineRun: `${this.#run}`, limits });
    }

    /** One operation, or some of one kind at once. */
    async step(): Promise<void> {
      this.#begun = this.#timeline.batches.length;
      if (this.#deck.length === 0) this.#deck.push(...KINDS);
      const [kind] = this.#deck.splice(this.random(this.#deck.length), 1);
      await this[kind!]();
    }

    async append(): Promise<void> {
      await this.#some((candidate) => this.log.append(candidate));
    }

    async take(): Promise<void> {
      await this.#some((candidate, i) =>
        this.writer.appendCollected({ entries: [taken(this.random(1e9) * 10 + i, candidate)] }),
      );
    }

    collect(): Promise<void> {
      return collect(this.log, this.writer);
    }

    replicate(): Promise<void> {
      return replicate(this.writer, this.log);
    }

    async cut(): Promise<void> {
      const places = (await recordsOf(this.log)).slice(-1 - this.random(this.random(4) === 0 ? 900 : 30));
      if (places.length === 0) return;
      await this.log.cut({ after: places[0]!.position, epoch: this.writer.tail.epoch });
    }

    async stop(): Promise<void> {
      await this.log.close();
      await this.open();
    }

    /** Between any two batches of another operation. */
    async die(): Promise<void> {
      await this.#another();
      await this.#dieWhere(
        () => true,
        () => true,
      );
    }

    async powerCut(): Promise<void> {
      await this.#another();
      this.#run++;
      await this.#dieWhere(
        () => false,
        () => this.random(3) > 0,
      );
    }

    /** Rows of segments are lost or damaged while the process does not run. */
    async spoil(): Promise<void> {
      await this.log.close();
      const { index } = this.databases;
      await index.open();
      for (const [key, value] of await segmentsOf(this.databases)) {
        if (this.random(4) === 0) await index.del(key);
        else if (this.random(4) === 0) {
          value[this.random(value.length)]! ^= 1;
          await index.put(key, value);
        }
      }
      await this.open();
    }

    /** Often copies of what is there, as late as anything can be. */
    async #some(take: (candidate: Candidate, i: number) => Promise<unknown>): Promise<void> {
      const candidates = Array.from({ length: 1 + this.random(100) }, () => {
        const i = this.random(ENTRIES + 200);
        return webhook(`w${i}`, { at: NOON + (i + 200 - this.random(400)) * 1000 });
      });
      await Promise.all(candidates.map(take));
    }

    async #another(): Promise<void> {
      await this[(['append', 'replicate', 'cut', 'stop'] as const)[this.random(4)]!]();
    }

    async #dieWhere(logSurvives: () => boolean, indexSurvives: () => boolean): Promise<void> {
      const timeline = this.#timeline;
      const { length } = timeline.batches;
      const moment = length - this.random(length - this.#begun + 1);
      const [log, index] = [
        await timeline.databaseAt('log', moment, logSurvives),
        await timeline.databaseAt('index', moment, indexSurvives),
      ];
      await this.log.close();
      this.#timeline = await Timeline.from({ log, index });
      await this.open();
    }
  }

  it.each([1, 2])(
    'are those of its entries after each step (run %i)',
    async (seed) => {
      const random = seeded(seed);
      const writer = await filled(empty(), 1000);
      const follower = new Follower(random, writer);
      await follower.open();
      await follower.replicate();
      let segments = 0;
      for (let step = 0; step < 3 * KINDS.length; step++) {
        await follower.step();
        await prove(follower.log, follower.databases);
        segments += (await segmentsOf(follower.databases)).length;
        if (step % 10 === 9) expect((await follower.log.verifyFingerprints()).equal).toBe(true);
      }
      expect(segments).toBeGreaterThan(KINDS.length);
      await Promise.all([follower.log.close(), writer.close()]);
    },
    60_000,
  );
});

describe('stored segments of fingerprints', () => {
  let databases: Databases;
  let log: OrderedLog;

  beforeEach(async () => {
    databases = empty();
    log = await filled(databases);
  });

  afterEach(() => log.close());

  it('tell all keys but those of the last minute and of the last segment', async () => {
    await prove(log, databases);
    expect((await segmentsOf(databases)).map(([key]) => key.subarray(1))).toEqual(
      [0, 512, 1024].map((i) => many[i]!.key),
    );
  });

  it('are written when their keys have been left alone for a minute', async () => {
    const last = (await segmentsOf(databases)).length;
    const at = (i: number): Candidate => webhook(`x${i}`, { at: NOON + (ENTRIES - 1) * 1000 + i });
    for (let i = 0; i < 1500; i += 100)
      await Promise.all(Array.from({ length: 100 }, (_, k) => log.append(at(i + k))));
    await indexed(log);
    expect(await segmentsOf(databases)).toHaveLength(last);
    await log.append(webhook('a minute later', { at: NOON + (ENTRIES + 70) * 1000 }));
    await prove(log, databases);
    expect((await segmentsOf(databases)).length).toBeGreaterThan(last);
  });

  it('come back in the batch in which they go, if few were written lately', async () => {
    const before = (await segmentsOf(databases)).map(([key]) => key);
    await log.append(webhook('late', { at: NOON + 700_000 }));
    await prove(log, databases);
    expect((await segmentsOf(databases)).map(([key]) => key)).toEqual(before);
  });

  it('do not stay when they are damaged, wherever segments begin then', async () => {
    for (let i = 0; i < 88; i++) await log.append(webhook(`late ${i}`, { at: NOON + 100_000 + i * 1000 }));
    const next = Array.from({ length: 512 }, (_, i) => webhook(`next ${i}`, { at: NOON + ENTRIES * 1000 }));
    await Promise.all(next.map((each) => log.append(each)));
    await log.append(webhook('and one more', { at: NOON + ENTRIES * 1000 })); // the first segment, of 600, is stored again
    await log.close();
    await databases.index.open();
    const [[first], [second, row]] = (await segmentsOf(databases)) as [[Buffer], [Buffer, Buffer]];
    await databases.index.del(first);
    row[20]! ^= 1;
    await databases.index.put(second, row);
    log = await opened(databases);
    await prove(log, databases);
    expect((await segmentsOf(databases)).some(([key]) => key.equals(second))).toBe(false);
  });

  it('are what a start reads, instead of the keys that they tell', async () => {
    await log.close();
    databases = await copied(databases);
    await databases.index.del(entryKeyRow(many[700]!.key));
    log = await opened(databases);
    await prove(log, databases);
    await databases.index.clear(SEGMENT_ROWS);
    log = await opened(await copied(databases));
    expect(log.fingerprints.size).toBe(ENTRIES - 1);
  });

  it('are written by the start where they were missing', async () => {
    const before = await segmentsOf(databases);
    await log.close();
    await databases.index.open();
    await databases.index.clear(SEGMENT_ROWS);
    log = await opened(databases);
    expect(await segmentsOf(databases)).toEqual(before);
    expect(log.fingerprints.size).toBe(ENTRIES);
  });

  it('are not written anew for each late key', async () => {
    for (let i = 0; i < 200; i++) await log.append(webhook(`late ${i}`, { at: NOON + 700_000 + i }));
    await indexed(log);
    const timeline = await Timeline.from(databases);
    const other = await opened(timeline);
    await other.lead();
    const begun = timeline.batches.length;
    for (let i = 200; i < 900; i++) await other.append(webhook(`late ${i}`, { at: NOON + 700_000 + i }));
    await prove(other, timeline);
    const segments = timeline.batches
      .slice(begun)
      .flatMap(({ operations }) => operations)
      .filter(({ type, key }) => type === 'put' && key[0] === SEGMENT_ROWS.gte[0]);
    expect(segments.length).toBeLessThanOrEqual(700 / 256);
    expect(segments.length).toBeGreaterThan(0);
    await other.close();
  });

  it.each<[Fault, 'log' | 'index']>([
    ['before', 'log'],
    ['after', 'log'],
    ['before', 'index'],
    ['after', 'index'],
  ])('fit again after a write that failed %s it took effect (%s)', async (fault, which) => {
    const [truth, index] = [new FaultyLevel(), new FaultyLevel()];
    const faulty = { log: truth, index };
    const own = await filled(faulty);
    Object.assign(faulty[which], { fault, failAfter: 0 });
    const late = webhook('late', { at: NOON + 700_500 });
    const answered = await own.append(late).catch(() => undefined);
    expect(answered === undefined).toBe(which === 'log');
    expect(own.fingerprints.size).toBe(ENTRIES + (which === 'log' ? 0 : 1));
    await own.find(late.key).catch(() => undefined);
    expect(own.health).toBe('failed');
    await own.recover();
    await prove(own, faulty);
    expect(own.fingerprints.size).toBe(ENTRIES + (which === 'log' && fault === 'before' ? 0 : 1));
    for (const seconds of [100, 701, 1500])
      await own.append(webhook(`later ${seconds}`, { at: NOON + seconds * 1000 + 1 }));
    await prove(own, faulty);
    await own.close();
    const again = await opened(faulty);
    await prove(again, faulty);
    await again.close();
  });
});

/** A disk of which one read takes as long as the test wants. */
class HeldReads extends MemoryDatabase {
  #held: { readonly began: () => void; readonly until: Promise<void> } | undefined;

  constructor() {
    super(ENCODING);
  }

  holdNext(): { readonly reading: Promise<void>; readonly release: () => void } {
    let [began, release] = [(): void => undefined, (): void => undefined];
    const reading = new Promise<void>((resolve) => (began = resolve));
    const until = new Promise<void>((resolve) => (release = resolve));
    this.#held = { began, until };
    return { reading, release };
  }

  override async _getMany(keys: readonly Buffer[], options: object): Promise<(Buffer | undefined)[]> {
    const rows = await super._getMany(keys, options);
    const held = this.#held;
    this.#held = undefined;
    held?.began();
    await held?.until;
    return rows;
  }
}

describe('verifyFingerprints', () => {
  const limits = { pageEntriesMax: 20 };
  let databases: Databases;
  let log: OrderedLog;

  beforeEach(async () => {
    databases = empty();
    log = await filled(databases);
  });

  afterEach(() => log.close());

  it('finds a key that the fingerprints lack, and one that they should not have', async () => {
    expect(await log.verifyFingerprints()).toEqual({ entries: ENTRIES, equal: true });
    await log.close();
    const { index } = databases;
    await index.open();
    const [lost, strange] = [many[1590]!.key, entry(ENTRIES - 5.5).key];
    const row = (await index.get(entryKeyRow(lost)))!;
    await index.del(entryKeyRow(lost));
    log = await opened(databases);
    expect(await log.verifyFingerprints()).toEqual({
      entries: ENTRIES,
      equal: false,
      difference: { key: lost, is: 'missing' },
    });
    await log.close();
    await index.open();
    await index.batch([
      { type: 'put', key: entryKeyRow(lost), value: row },
      { type: 'put', key: entryKeyRow(strange), value: row },
    ]);
    log = await opened(databases);
    expect(await log.verifyFingerprints()).toEqual({
      entries: ENTRIES,
      equal: false,
      difference: { key: strange, is: 'surplus' },
    });
  });

  it('finds the last key of all that is missing, or too much', async () => {
    const last = many.at(-1)!.key;
    await log.close();
    await databases.index.open();
    const row = (await databases.index.get(entryKeyRow(last)))!;
    await databases.index.del(entryKeyRow(last));
    log = await opened(databases);
    expect(await log.verifyFingerprints()).toMatchObject({ difference: { key: last, is: 'missing' } });
    await log.close();
    await databases.index.open();
    const { key } = entry(ENTRIES + 9);
    for (const each of [last, key]) await databases.index.put(entryKeyRow(each), row);
    log = await opened(databases);
    expect(await log.verifyFingerprints()).toMatchObject({ difference: { key, is: 'surplus' } });
  });

  it('reads while others write, and takes what they do into account', async () => {
    const follower = await opened(empty(), { newStoreId: 'b'.repeat(16), limits });
    await replicate(log, follower);
    const random = seeded(5);
    for (let turn = 0; turn < 10; turn++) {
      let done = false;
      const verifying = follower.verifyFingerprints().finally(() => (done = true));
      let written = 0;
      while (!done) {
        const at = NOON + random(ENTRIES + 100) * 1000;
        await follower.append(webhook(`during ${random(300)}`, { at }));
        await log.append(webhook(`during ${random(300)}`, { at: at + 30_000 }));
        if (random(3) === 0) await collect(follower, log);
        if (random(3) === 0) await replicate(log, follower);
        written++;
      }
      expect(written).toBeGreaterThan(3);
      expect((await verifying).equal).toBe(true);
    }
    await follower.close();
  });

  it('believes what is written meanwhile, not what it had read', async () => {
    const index = new HeldReads();
    const follower = await opened({ log: emptyMemory(), index }, { newStoreId: 'b'.repeat(16) });
    await follower.append(webhook('w5', { at: NOON + 30_000 }));
    const { reading, release } = index.holdNext();
    const verifying = follower.verifyFingerprints();
    await reading;
    await collect(follower, log);
    await replicate(log, follower);
    release();
    expect(await verifying).toEqual({ entries: ENTRIES, equal: true });
    await follower.close();
  });

  it('waits for the batch of which it may have read something already', async () => {
    const held = new HeldLevel();
    const follower = await opened({ log: held, index: emptyMemory() }, { newStoreId: 'b'.repeat(16) });
    await follower.append(webhook('pending'));
    await log.append(webhook('other'));
    await collect(follower, log);
    held.hold('after');
    const replicated = replicate(log, follower);
    while ((await follower.pending(0)).length > 0);
    const verifying = follower.verifyFingerprints();
    const entries = Array.from({ length: 200 }, () => follower.find(webhook('other').key));
    await Promise.all(entries);
    held.release();
    expect(await verifying).toEqual({ entries: ENTRIES + 2, equal: true });
    await replicated;
    await follower.close();
  });

  it('waits for the rows of what was written before', async () => {
    const index = new HeldLevel();
    const follower = await opened({ log: emptyMemory(), index }, { newStoreId: 'b'.repeat(16) });
    await follower.append(webhook('w5', { at: NOON + 30_000 }));
    await log.appendCollected({ entries: [taken(1, webhook('w5', { at: NOON + 30_001 }))] });
    index.hold();
    await replicate(log, follower);
    const verifying = follower.verifyFingerprints();
    for (let i = 0; i < 200; i++) expect(await follower.pending(0)).toHaveLength(1);
    index.release();
    expect(await verifying).toEqual({ entries: ENTRIES, equal: true });
    await follower.close();
  });

  it('starts over when the log was cut meanwhile', async () => {
    const follower = await opened(empty(), { newStoreId: 'b'.repeat(16), limits });
    await replicate(log, follower);
    const verifying = follower.verifyFingerprints();
    await follower.cut({ after: { sequence: 30, n: 0 }, epoch: 1 });
    expect(await verifying).toEqual({ entries: ENTRIES, equal: true });
    await follower.close();
  });

  it('starts over when the log was opened anew meanwhile', async () => {
    const [truth, index] = [new FaultyLevel(), new HeldReads()];
    const follower = await opened({ log: truth, index });
    await follower.append(webhook('pending'));
    const { reading, release } = index.holdNext();
    const verifying = follower.verifyFingerprints();
    await reading;
    Object.assign(truth, { fault: 'after', failAfter: 0 });
    const refused = follower.writeMeta('m', Buffer.of(1));
    await expect(refused).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await follower.recover();
    await follower.append(webhook('later'));
    release();
    expect(await verifying).toEqual({ entries: 2, equal: true });
    await follower.close();
  });

  it('ends when its signal says so, and where an entry cannot be read', async () => {
    const stopping = new AbortController();
    const verifying = log.verifyFingerprints(stopping.signal);
    stopping.abort(new Error('enough'));
    await expect(verifying).rejects.toThrow('enough');
    const { log: truth } = databases;
    const [key, frame] = (await truth.iterator({ gte: Buffer.from('l'), limit: 90 }).all()).at(-1)!;
    frame[9]! ^= 1;
    await truth.put(key, frame);
    await expect(log.verifyFingerprints()).rejects.toMatchObject({ code: 'DAMAGED' });
  });
});
