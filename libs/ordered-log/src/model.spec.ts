import fc from 'fast-check';
import { identityOf } from '@hooklog/object-id';
import { collect, entriesOf, nameOf, NOON, recordsOf, replicate, webhook } from './conformance/webhooks';
import { rowsOf } from './conformance/rows';
import {
  type Appended,
  type Candidate,
  type Database,
  decodeRecord,
  type LogRecord,
  OrderedLog,
} from './index';
import { Machine } from './testing/machine';
import { copyOf, emptyMemory } from './testing/memory';

const WINDOW_MS = 60_000;

/** Four bodies and three event ids, within some windows: most of what is sent is a copy of something. */
const candidates = fc
  .record({
    name: fc.nat(3),
    at: fc.nat(6).map((step) => NOON + step * 25_000),
    eventId: fc.option(fc.constantFrom('e', 'f', 'g'), { nil: undefined, freq: 3 }),
  })
  .map(({ name, at, eventId }) =>
    webhook(name, { at, ...(eventId !== undefined && { source: 's', eventId }) }),
  );

type Step =
  | { readonly do: 'append'; readonly node: number; readonly candidates: readonly Candidate[] }
  | { readonly do: 'collect' | 'replicate' | 'stop' | 'crash' | 'cut'; readonly node: number };

const node = fc.nat(2);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        node,
        candidates: fc.array(candidates, { minLength: 1, maxLength: 4 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constantFrom('collect' as const, 'replicate' as const), node }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('stop' as const, 'crash' as const, 'cut' as const), node }),
    },
  ),
  { maxLength: 25 },
);

/** The obvious log: a list. */
class Model {
  readonly entries: Candidate[] = [];

  /** Index of the entry that this one is, new or known. */
  take(candidate: Candidate): number {
    const known = this.entries.findIndex((entry) => isSame(entry, candidate));
    return known >= 0 ? known : this.entries.push(candidate) - 1;
  }
}

function isSame(a: Candidate, b: Candidate): boolean {
  if (!identityOf(a.key).equals(identityOf(b.key)) || a.eventId !== b.eventId) return false;
  return a.eventId !== undefined || a.key.equals(b.key) || Math.abs(a.receivedAt - b.receivedAt) <= WINDOW_MS;
}

async function settle([writer, ...followers]: readonly Machine[]): Promise<void> {
  for (const { log } of followers) await collect(log, writer!.log);
  for (const { log } of followers) await replicate(writer!.log, log);
}

async function play(machines: readonly Machine[], step: Step): Promise<Appended[]> {
  const [writer, machine] = [machines[0]!, machines[step.node]!];
  if (step.do === 'append')
    return Promise.all(step.candidates.map((candidate) => machine.log.append(candidate)));
  if (step.do === 'collect' && machine !== writer) await collect(machine.log, writer.log);
  else if (step.do === 'replicate' && machine !== writer) await replicate(writer.log, machine.log);
  else if (step.do === 'stop' || step.do === 'crash' || step.do === 'cut') await machine.again(step.do);
  return [];
}

/** Every event once, every answer kept, on all machines alike, whatever happened on the way. */
async function prove(
  machines: readonly Machine[],
  sent: readonly Candidate[],
  answers: readonly Appended[],
): Promise<void> {
  const writer = machines[0]!.log;
  const entries = await entriesOf(writer);
  const model = new Model();
  for (const entry of entries) expect(model.take(entry)).toBe(entry.sequence - 1);
  const identities = (all: readonly Candidate[]): string[] =>
    [...new Set(all.map(({ key }) => identityOf(key).toString('hex')))].sort();
  expect(identities(entries)).toEqual(identities(sent));
  for (const { log, databases } of machines) {
    expect([log.tail, log.pendingEntries]).toEqual([writer.tail, 0]);
    expect((await entriesOf(log)).map(nameOf)).toEqual(entries.map(nameOf));
    for (const { key, sequence } of answers) {
      const found = await log.find(key);
      expect(found).toHaveLength(1);
      if (sequence !== null) expect(found[0]!.sequence).toBe(sequence);
    }
    expect(await rowsOf(databases.index)).toEqual(await rebuiltRows(databases.log));
  }
  const origins = (await recordsOf(writer)).map(decodeRecord).flatMap(originOf);
  expect(new Set(origins).size).toBe(origins.length);
}

async function rebuiltRows(log: Database): Promise<string[]> {
  const index = emptyMemory();
  const rebuilt = await OrderedLog.open({
    log: await copyOf(log),
    index,
    node: 'x',
    newStoreId: 'f'.repeat(16),
  });
  const rows = await rowsOf(index);
  await rebuilt.close();
  return rows;
}

function originOf(record: LogRecord): string[] {
  if (record.type === 'epoch' || record.type === 'members') return [];
  const { store, arrival } = record.type === 'entry' ? record.entry.origin : record.receipt.origin;
  return [`${store} ${arrival}`];
}

it('three nodes have each event once, in one order, and every answer stays true, whatever is sent, collected, replicated, stopped or killed', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      // the first one is the writer
      const machines = [0, 1, 2].map((number) => new Machine(number, () => number === 0));
      for (const machine of machines) await machine.open();
      const answers: Appended[] = [];
      for (const step of all) answers.push(...(await play(machines, step)));
      await settle(machines);
      const sent = all.flatMap((step) => (step.do === 'append' ? step.candidates : []));
      await prove(machines, sent, answers);
      const { tail } = machines[0]!.log;
      await settle(machines);
      expect(machines[0]!.log.tail).toEqual(tail);
    }),
    { seed: 7, numRuns: 60 },
  );
}, 60_000);
