import {
  collect,
  entriesOf,
  follow,
  NOON,
  recordsOf,
  replicate,
  taken,
  webhook,
} from './conformance/webhooks';
import type { Databases } from './conformance';
import {
  type Candidate,
  decodePendingFrame,
  decodeRecord,
  nextTerm,
  OrderedLog,
  type OrderedLogOptions,
} from './index';
import { disagreements } from './testing/agreement';
import { BUSY } from './testing/busy';
import { emptyMemory } from './testing/memory';
import { seeded } from './testing/random';
import { Timeline } from './testing/timeline';

const OPTIONS = {
  node: 'n',
  newStoreId: '00000000000000cc',
  machineRun: 'a',
  limits: { batchEntriesMax: 3 },
};

/** What somebody was told, and how many batches were written when they were. */
interface Told {
  readonly at: number;
  readonly name: string;
}

interface Promised {
  readonly at: number;
  readonly epoch: number;
}

interface Run {
  readonly timeline: Timeline;
  readonly told: readonly Told[];
  readonly promises: readonly Promised[];
}

/** A node takes webhooks, is collected from and follows, becomes the writer and collects, and is stopped once. */
async function run(seed: number): Promise<Run> {
  const random = seeded(seed);
  const timeline = new Timeline();
  const told: Told[] = [];
  const options = { ...OPTIONS, ...(seed % 2 === 0 && BUSY), log: timeline.log, index: timeline.index };
  const writer = await OrderedLog.open({
    ...OPTIONS,
    newStoreId: 'd'.repeat(16),
    log: emptyMemory(),
    index: emptyMemory(),
  });
  await writer.lead();
  let log = await OrderedLog.open(options);
  const append = async (): Promise<void> => {
    const name = `${seed}-${random(40)}`;
    const event = random(4) === 0 ? { source: 's', eventId: `${random(5)}` } : {};
    const { key } = await log.append(webhook(name, { at: log.receivedAt(NOON + random(300_000)), ...event }));
    told.push({ at: timeline.batches.length, name: key.toString('hex') });
  };
  for (let step = 0; step < 16; step++) {
    await Promise.all(Array.from({ length: 1 + random(6) }, append));
    await writer.append(webhook(`${seed}-${random(40)}`, { at: NOON + random(300_000) }));
    if (step === 8) {
      await log.close();
      log = await OrderedLog.open(options);
    }
    if (step < 12 && random(3) === 0) await collect(log, writer);
    if (step < 12 && random(3) === 0) await replicate(writer, log);
    if (step === 12) await log.lead();
    if (step > 12) await log.appendCollected({ entries: [taken(step, webhook(`${seed}-${random(40)}`))] });
  }
  await log.find(webhook('a read waits for the index').key);
  return { timeline, told, promises: [] };
}

async function memoryLog(store: string): Promise<OrderedLog> {
  return OrderedLog.open({ ...OPTIONS, newStoreId: store, log: emptyMemory(), index: emptyMemory() });
}

/** A node follows one writer after the other: each next one has another end, and the node's is cut. */
async function runOfRivals(seed: number): Promise<Run> {
  const random = seeded(seed);
  const timeline = new Timeline();
  const told: Told[] = [];
  const promises: Promised[] = [];
  const options = { ...OPTIONS, ...(seed % 2 === 0 && BUSY), log: timeline.log, index: timeline.index };
  const log = await OrderedLog.open(options);
  const any = (): Candidate => {
    const event = random(3) === 0 ? { source: 's', eventId: `${random(5)}` } : {};
    return webhook(`${seed}-${random(30)}`, { at: NOON + random(4) * 1000, ...event });
  };
  const append = async (): Promise<void> => {
    const { key } = await log.append(any());
    told.push({ at: timeline.batches.length, name: key.toString('hex') });
  };
  let writer = await memoryLog('d'.repeat(16));
  await writer.lead();
  for (let turn = 1; turn <= 4; turn++) {
    const rival = await memoryLog(`${turn}`.repeat(16));
    for (let step = 0; step < 4; step++) {
      await Promise.all(Array.from({ length: 1 + random(3) }, append));
      for (let i = random(4); i >= 0; i--) await writer.append(any());
      await writer.appendCollected({ entries: [taken(turn * 10 + step, any())] });
      if (random(2) === 0) await writer.nameMembers([], writer.tail.epoch);
      if (step === 1) await follow(writer, rival);
      await collect(log, writer);
      await follow(writer, log);
      if (step === 1 && random(2) === 0) log.commit(rival.tail.position);
    }
    const epoch = nextTerm(writer.tail.epoch)!;
    for (const one of [rival, log]) await one.promise(epoch, rival.store);
    promises.push({ at: timeline.batches.length, epoch });
    await rival.lead(epoch);
    await rival.append(any());
    writer = rival;
  }
  await follow(writer, log);
  await log.find(webhook('a read waits for the index').key);
  return { timeline, told, promises };
}

async function reopened(options: Partial<OrderedLogOptions>): Promise<OrderedLog> {
  return OrderedLog.open({ ...OPTIONS, log: emptyMemory(), index: emptyMemory(), ...options });
}

/** Nothing told is lost, nothing stands twice, and the index is that of the log. */
async function prove(
  log: OrderedLog,
  { log: rows, index }: Databases,
  told: readonly string[],
): Promise<void> {
  for (const name of told) expect(await log.find(Buffer.from(name, 'hex') as never)).toHaveLength(1);
  const records = (await recordsOf(log)).map(decodeRecord);
  const entries = await entriesOf(log);
  expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, i) => i + 1));
  const pending = await log.pending(0);
  const waiting = pending.map(({ frame, arrival }) => decodePendingFrame(frame, arrival));
  expect(log.pendingEntries).toBe(pending.length);
  const named = records.flatMap((record) =>
    record.type === 'entry'
      ? [record.entry.origin]
      : record.type === 'receipt'
        ? [record.receipt.origin]
        : [],
  );
  const origins = [...named, ...waiting.map(({ origin }) => origin)].map(
    ({ store, arrival }) => `${store} ${arrival}`,
  );
  expect(new Set(origins).size).toBe(origins.length);
  expect(await disagreements(log, { log: rows, index })).toEqual([]);
}

describe.each([
  ['that leads', 1, run],
  ['that leads', 2, run],
  ['that leads', 3, run],
  ['whose log is cut', 4, runOfRivals],
  ['whose log is cut', 5, runOfRivals],
] as const)('a process %s and dies between any two batches (run %i)', (_, seed, live) => {
  let past: Run;

  beforeAll(async () => {
    past = await live(seed);
  });

  it('finds all that it had answered, once, and an index that fits', async () => {
    const { timeline, told } = past;
    for (let moment = 1; moment <= timeline.batches.length; moment++) {
      const all = (): boolean => true;
      const [log, index] = [
        await timeline.databaseAt('log', moment, all),
        await timeline.databaseAt('index', moment, all),
      ];
      const node = await reopened({ log, index });
      await prove(
        node,
        { log, index },
        told.filter(({ at }) => at <= moment).map(({ name }) => name),
      );
      await node.close();
    }
  });

  it('does so after a power cut that took any of the writes that were never synced', async () => {
    const { timeline, told } = past;
    const random = seeded(seed);
    for (let moment = 1; moment <= timeline.batches.length; moment += 1 + random(3)) {
      const some = (): boolean => random(3) > 0;
      const [log, index] = [
        await timeline.databaseAt('log', moment, () => false),
        await timeline.databaseAt('index', moment, some),
      ];
      const node = await reopened({ log, index, machineRun: 'b' });
      await prove(
        node,
        { log, index },
        told.filter(({ at }) => at <= moment).map(({ name }) => name),
      );
      await node.close();
    }
  });

  it('keeps its promises', async () => {
    const { timeline, promises } = past;
    for (const { at, epoch } of promises) {
      const log = await timeline.databaseAt('log', at, () => false);
      const node = await reopened({ log });
      expect(node.promised.epoch).toBe(epoch);
      await node.close();
    }
  });

  it('goes on from there as if nothing had been', async () => {
    const { timeline } = past;
    const moment = Math.floor(timeline.batches.length * 0.6);
    const log = await timeline.databaseAt('log', moment, () => true);
    const index = await timeline.databaseAt('index', moment, () => true);
    const node = await reopened({ log, index });
    await node.lead();
    const next = await node.append(webhook('next', { at: NOON + 900_000 }));
    expect(next.sequence).toBe(node.tail.position.sequence);
    await prove(node, { log, index }, [next.key.toString('hex')]);
    await node.close();
  });
});
