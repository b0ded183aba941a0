import { namesOf, NOON, replicate, webhook } from '../conformance/webhooks';
import { OrderedLog } from '../index';
import { DEFAULT_LIMITS, type LogLimits } from '../limits';
import { LogError } from '../log-error';
import type { Database } from '../rows/database';
import { logKey } from '../rows/keys';
import { ARRIVED_ROW, decodeArrived } from '../rows/marks';
import { EMPTY_STATE } from '../state';
import { disagreements } from '../testing/agreement';
import { HeldLevel } from '../testing/held';
import { emptyMemory } from '../testing/memory';
import { settles } from '../testing/settles';
import { Ahead } from './ahead';
import { Plan } from './plan';
import type { Queued } from './queue';

const STORE_FAILED = { code: 'STORE_FAILED' };

type Resource = Parameters<Database['attachResource']>[0];

/** Knows which batches and iterators are open. */
class WatchedLevel extends HeldLevel {
  readonly attached = new Set<Resource>();

  override attachResource(resource: Resource): void {
    this.attached.add(resource);
    super.attachResource(resource);
  }

  override detachResource(resource: Resource): void {
    this.attached.delete(resource);
    super.detachResource(resource);
  }
}

let database: WatchedLevel;
let index: HeldLevel;
let log: OrderedLog;
/** Entries of each batch that was written. */
let batches: number[];
let begun: number;

const countFromHere = (): void => void ([batches, begun] = [[], 0]);

const open = async (limits: Partial<LogLimits> = {}, newStoreId = '00000000000000cc'): Promise<void> => {
  [database, index] = [new WatchedLevel(), new HeldLevel()];
  countFromHere();
  const observer = {
    writing: () => void (begun += 1),
    written: ({ entries }: { readonly entries: number }) => void batches.push(entries),
    duplicate: () => undefined,
  };
  const options = { node: 'n', newStoreId, log: database, index, limits, observer };
  log = await OrderedLog.open(options);
};

type Answered = ReturnType<OrderedLog['append']>;

const append = (name: string, at = NOON): Answered => log.append(webhook(name, { at }));

/** It is being written until the database is released, and the only one that was asked for. */
const whileWritten = async (first: string): Promise<[Answered]> => {
  database.hold();
  const asked = append(first);
  expect(await settles(asked)).toBe(false);
  return [asked];
};

/** Lets one batch go, and holds the one behind it. */
const releaseOne = (): void => {
  database.release();
  database.hold();
};

describe('while a batch is being written', () => {
  beforeEach(async () => {
    await open();
    await log.lead();
    await append('old');
    countFromHere();
  });
  afterEach(async () => {
    database.release();
    expect(await disagreements(log, { log: database, index })).toEqual([]);
    expect(database.attached.size).toBe(0);
    await log.close();
  });

  it('the next one is planned, and is with the disk before anybody is answered', async () => {
    const asked = [...(await whileWritten('a')), append('b'), append('c')];
    const seen = asked[0]!.then(() => [begun, batches.length]);
    releaseOne();
    expect(await seen).toEqual([2, 1]);
    expect([await settles(asked[1]!), log.tail.position.sequence, await namesOf(log)]).toEqual([
      false,
      2,
      ['old', 'a'],
    ]);
    database.release();
    expect((await Promise.all(asked)).map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
    expect([batches, await namesOf(log)]).toEqual([
      [1, 2],
      ['old', 'a', 'b', 'c'],
    ]);
  });

  it('batches follow each other as long as more comes', async () => {
    const asked: Answered[] = await whileWritten('a');
    for (const name of ['b', 'c', 'd']) {
      asked.push(append(name));
      releaseOne();
      await asked.at(-2);
    }
    database.release();
    expect((await Promise.all(asked)).map(({ sequence }) => sequence)).toEqual([2, 3, 4, 5]);
    expect(batches).toEqual([1, 1, 1, 1]);
  });

  it('copies of what is being written, planned, or stored are the same event', async () => {
    const [first] = await whileWritten('a');
    const asked = [append('b'), append('b', NOON + 1), append('a', NOON + 1), append('old', NOON + 1)];
    asked.push(append('c'));
    database.release();
    const answers = await Promise.all([first, ...asked]);
    expect(answers.map(({ sequence }) => sequence)).toEqual([2, 3, 3, 2, 1, 4]);
    expect(answers.map(({ duplicate }) => duplicate)).toEqual([false, false, true, true, true, false]);
  });

  it('who waits for a look at the disk is not passed by others', async () => {
    const asked = [
      ...(await whileWritten('a')),
      append('b'),
      append('old', NOON + 1),
      append('c'),
      append('d'),
    ];
    database.release();
    expect((await Promise.all(asked)).map(({ sequence }) => sequence)).toEqual([2, 3, 1, 4, 5]);
    expect(batches).toEqual([1, 1, 3]);
  });

  it('other jobs wait, and what comes behind them too', async () => {
    const asked = [...(await whileWritten('a')), append('b')];
    const promised = log.promise(9);
    const late = append('c');
    database.release();
    expect((await Promise.all(asked)).map(({ sequence }) => sequence)).toEqual([2, 3]);
    expect(await promised).toMatchObject({ position: { sequence: 3 } });
    expect((await late).sequence).toBeNull();
  });

  it('nothing is planned behind another job', async () => {
    database.hold();
    const promised = log.promise(9);
    expect(await settles(promised)).toBe(false);
    const asked = append('a');
    database.release();
    await promised;
    expect([(await asked).sequence, log.pendingEntries]).toEqual([null, 1]);
  });

  it('whoever asks whether it cut the log waits for it alone', async () => {
    const row = logKey({ sequence: 1, n: 0 });
    const frame = await database.get(row);
    await database.put(row, Buffer.alloc(2));
    const [first] = await whileWritten('a');
    const scrubbed = log.scrub({ sequence: 0, n: 1 });
    expect(await settles(scrubbed)).toBe(false);
    const second = append('b');
    releaseOne();
    expect((await scrubbed).damaged).toEqual([{ sequence: 0, n: 1 }]);
    expect(await settles(second)).toBe(false);
    database.release();
    await Promise.all([first, second]);
    await database.put(row, frame!);
  });
});

describe('a batch that fails', () => {
  beforeEach(async () => {
    await open();
    await log.lead();
    countFromHere();
  });
  afterEach(async () => {
    expect(database.attached.size).toBe(0);
    await log.close();
  });

  it('takes with it what was planned behind it, which is not tried', async () => {
    const asked = [...(await whileWritten('a')), append('b'), append('a', NOON + 1)];
    const settled = Promise.allSettled(asked);
    database.fail();
    const rejected = { status: 'rejected', reason: STORE_FAILED };
    expect(await settled).toMatchObject([rejected, rejected, rejected]);
    expect([begun, log.health, log.tail.position.sequence]).toEqual([1, 'failed', 0]);
    await log.recover();
    expect(await Promise.all(['b', 'a'].map((name) => append(name)))).toMatchObject([
      { sequence: 1, duplicate: false },
      { sequence: 2, duplicate: false },
    ]);
    expect(await disagreements(log, { log: database, index })).toEqual([]);
  });

  it('was planned behind one that is durable, which is answered', async () => {
    const asked = [...(await whileWritten('a')), append('b')];
    const settled = Promise.allSettled(asked);
    releaseOne();
    await asked[0];
    database.fail();
    expect(await settled).toMatchObject([{ value: { sequence: 1 } }, { reason: STORE_FAILED }]);
    await log.recover();
    expect(await namesOf(log)).toEqual(['a']);
  });

  it('is one of the index: what was planned meanwhile is not written', async () => {
    const [first] = await whileWritten('a');
    index.hold();
    database.release();
    await first;
    const [second] = await whileWritten('b');
    const third = append('c');
    const settled = Promise.allSettled([second, third]);
    const found = log.find(webhook('a').key).catch(() => undefined);
    expect(await settles(found)).toBe(false);
    index.fail();
    expect(await settles(found)).toBe(true);
    database.release();
    expect(await settled).toMatchObject([{ value: { sequence: 2 } }, { reason: STORE_FAILED }]);
    expect([begun, await log.recover(), await namesOf(log)]).toEqual([2, undefined, ['a', 'b']]);
    expect(await disagreements(log, { log: database, index })).toEqual([]);
  });
});

describe('what is planned', () => {
  afterEach(async () => {
    database.release();
    await log.close();
  });

  it('is at most one batch', async () => {
    await open({ batchEntriesMax: 2 });
    const asked = [...(await whileWritten('a')), ...['b', 'c', 'd', 'e', 'f'].map((name) => append(name))];
    database.release();
    await Promise.all(asked);
    expect(batches).toEqual([1, 2, 2, 1]);
    expect((await log.pending(0)).map(({ arrival }) => arrival)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('has no more bytes than a batch may have', async () => {
    await open({ batchBytesMax: 3000 });
    const large = (name: string): Answered => log.append(webhook(name, { bytes: 1000 }));
    const asked = [...(await whileWritten('a')), ...['b', 'c', 'd'].map(large)];
    database.release();
    await Promise.all(asked);
    expect(batches).toEqual([1, 2, 1]);
  });

  it('counts as taken until it is written', async () => {
    await open({ queueEntriesMax: 3 });
    const asked = [...(await whileWritten('a')), append('b'), append('c')];
    await expect(append('d')).rejects.toMatchObject({ code: 'OVERLOADED' });
    database.release();
    await Promise.all(asked);
    await Promise.all(['d', 'e', 'f'].map((name) => append(name)));
    expect((await log.pending(0)).length).toBe(6);
  });

  it('is no record of the writer, which is compared with what is on the disk', async () => {
    await open();
    const writer = log;
    await writer.lead();
    await append('old');
    await open({}, '00000000000000dd');
    const asked = [...(await whileWritten('a')), append('b')];
    const followed = replicate(writer, log);
    expect(await settles(followed)).toBe(false);
    asked.push(append('c'));
    database.release();
    await Promise.all([followed, ...asked]);
    expect([log.tail, log.pendingEntries, batches]).toEqual([writer.tail, 3, [1, 1, 3]]);
    await writer.close();
  });

  it('is closed before its arrivals are noted, whenever the next one comes', async () => {
    for (let turns = 0; turns < 40; turns++) {
      await open();
      const asked = [...(await whileWritten('a')), append('b')];
      database.release();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      asked.push(append('c'));
      await Promise.all(asked);
      expect(decodeArrived(await database.get(ARRIVED_ROW)).arrival).toBe(3);
      await log.close();
    }
    await open();
  });

  it('is what AppendAll brings, too', async () => {
    await open();
    await log.lead();
    countFromHere();
    const [first] = await whileWritten('a');
    const asked = log.appendAll(['b', 'c', 'b'].map((name) => webhook(name)));
    const seen = first.then(() => begun);
    database.release();
    expect([await seen, (await asked).map((one) => 'sequence' in one && one.sequence)]).toEqual([
      2,
      [2, 3, 2],
    ]);
    expect(await namesOf(log)).toEqual(['a', 'b', 'c']);
  });
});

describe('the plan of a batch ahead', () => {
  const asJob = (apply: (plan: Plan) => void): { queued: Queued; told: unknown[] } => {
    const job = { bytes: 1, entries: 1, movesEnd: false, ahead: true, offers: [], apply };
    const told: unknown[] = [];
    const note = (what: unknown): void => void told.push(what);
    return { queued: { job, resolve: note, reject: note }, told };
  };
  const throwing = (error: Error) => (): never => {
    throw error;
  };
  const named = (name: string) => (plan: Plan) => plan.setMeta(name, Buffer.from(`value of ${name}`));
  let memory: Database;
  let plan: Plan;
  let ahead: Ahead;
  let errors: unknown[];

  beforeEach(async () => {
    memory = emptyMemory();
    await memory.open();
    const emptyPlan = (): Plan => new Plan(EMPTY_STATE, { node: 'n', store: '00000000000000cc' }, 0);
    errors = [];
    plan = emptyPlan();
    const failed = (error: unknown): void => void errors.push(error);
    const options = { limits: DEFAULT_LIMITS, mayKnow: () => false, plan, database: memory, failed };
    ahead = new Ahead(emptyPlan(), options);
  });
  afterEach(() => memory.close());

  it('is with the database, job by job, before it is written', async () => {
    for (const name of ['one', 'two']) ahead.take(asJob(named(name)).queued);
    expect(await memory.keys().all()).toEqual([]);
    await ahead.handed!.write([], true);
    const written = await memory.iterator().all();
    expect(written).toEqual(plan.log.map(({ key, value }) => [key, value]));
    expect(written).toHaveLength(2);
  });

  it('begins no batch of rows for jobs that are refused', () => {
    const { queued, told } = asJob(throwing(new LogError('ENTRY_TOO_LARGE', 'for the test')));
    expect(ahead.take(queued)).toBe(true);
    expect([ahead.handed, told]).toEqual([undefined, [expect.any(LogError)]]);
  });

  it('is spoilt by a fault in a job, which is rejected with it', () => {
    const error = new TypeError('a fault');
    const { queued, told } = asJob(throwing(error));
    expect(ahead.take(queued)).toBe(true);
    for (const answer of ahead.answers) answer();
    expect([ahead.batch, errors, told]).toEqual([[queued], [error], []]);
  });

  it('is spoilt by a database that does not take it, and whoever is in it is rejected with it', async () => {
    await memory.close();
    const { queued, told } = asJob(named('one'));
    expect(ahead.take(queued)).toBe(true);
    for (const answer of ahead.answers) answer();
    expect([ahead.batch, told]).toEqual([[queued], []]);
    expect(errors).toMatchObject([{ code: 'LEVEL_DATABASE_NOT_OPEN' }]);
  });
});
