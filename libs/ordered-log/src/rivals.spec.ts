import fc from 'fast-check';
import { identityOf } from '@hooklog/object-id';
import { collect, entriesOf, follow, nameOf, NOON, recordsOf, webhook } from './conformance/webhooks';
import type { OrderedLog } from './index';
import {
  type Appended,
  type Candidate,
  comparePositions,
  decodeRecord,
  type Member,
  nextTerm,
  type RawRecord,
} from './index';
import { disagreements } from './testing/agreement';
import { Machine } from './testing/machine';

/** Three machines of which now one, now the other is promoted, whether the earlier writer hears of it or not. */
type Step =
  | { readonly do: 'append'; readonly node: number; readonly candidates: readonly Candidate[] }
  | { readonly do: 'collect' | 'follow' | 'stop' | 'crash' | 'cut'; readonly node: number }
  | { readonly do: 'promote'; readonly node: number; readonly voter: number }
  | { readonly do: 'name' };

const candidates = fc
  .record({
    name: fc.nat(3),
    at: fc.nat(6).map((step) => NOON + step * 25_000),
    eventId: fc.option(fc.constantFrom('e', 'f'), { nil: undefined, freq: 3 }),
  })
  .map(({ name, at, eventId }) =>
    webhook(name, { at, ...(eventId !== undefined && { source: 's', eventId }) }),
  );

const node = fc.nat(2);
const some = fc.array(candidates, { minLength: 1, maxLength: 4 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('append' as const), node, candidates: some }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('collect' as const, 'follow' as const), node }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('promote' as const), node, voter: fc.constantFrom(1, 2) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('stop' as const, 'crash' as const, 'cut' as const), node }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('name' as const) }) },
  ),
  { maxLength: 30 },
);

/** Whether the log ended in a term of its own store. */
function ownsTerm({ writer, promised, tail, store }: OrderedLog): boolean {
  return writer?.store === store && promised.epoch === tail.epoch;
}

/** The cluster as a careful operator runs it; no network, so nothing is asked in vain. */
class Cluster {
  readonly machines = [0, 1, 2].map((number) => new Machine(number, ownsTerm, { batchEntriesMax: 3 }));
  readonly answers: Appended[] = [];
  /** What a majority had, in the epoch of its writer. */
  readonly committed = new Map<string, RawRecord>();

  async begin(): Promise<void> {
    for (const machine of this.machines) await machine.open();
    await this.machines[0]!.log.lead();
  }

  /** The writer that a majority listens to: the one of the highest epoch. */
  get writer(): OrderedLog | undefined {
    const leading = this.machines.map(({ log }) => log).filter(({ leading }) => leading);
    return leading.sort((a, b) => b.tail.epoch - a.tail.epoch)[0];
  }

  async play(step: Step): Promise<void> {
    const writer = this.writer;
    if (step.do === 'name') await this.name();
    else if (step.do === 'promote') await this.promote(step.node, (step.node + step.voter) % 3);
    else {
      const machine = this.machines[step.node]!;
      if (step.do === 'append')
        this.answers.push(...(await Promise.all(step.candidates.map((one) => machine.log.append(one)))));
      else if (step.do === 'follow') await this.follow(machine.log);
      else if (step.do === 'collect' && writer && writer !== machine.log) await collect(machine.log, writer);
      else if (step.do !== 'collect') await machine.again(step.do);
    }
  }

  async name(): Promise<void> {
    const members = this.machines.map(({ log }): Member => {
      return { node: log.node, store: log.store, url: `http://${log.node}`, voting: true };
    });
    await this.writer?.nameMembers(members, this.writer.tail.epoch);
  }

  /** Two of three promise; the better of their logs is taken over. */
  async promote(number: number, voter: number): Promise<void> {
    const [log, other] = [this.machines[number]!.log, this.machines[voter]!.log];
    const term = nextTerm(Math.max(log.promised.epoch, other.promised.epoch))!;
    for (const one of [log, other]) await one.promise(term, log.store);
    const [a, b] = [log.tail, other.tail];
    if (b.epoch > a.epoch || (b.epoch === a.epoch && comparePositions(b.position, a.position) > 0))
      await follow(other, log, term);
    await log.lead(term);
  }

  async follow(log: OrderedLog): Promise<void> {
    const writer = this.writer;
    if (writer === undefined || writer === log || writer.tail.epoch < log.promised.epoch) return;
    if (log.leading) await log.promise(writer.tail.epoch);
    await follow(writer, log);
    const { position } = log.tail;
    for (const record of await recordsOf(writer)) this.committed.set(JSON.stringify(record.position), record);
    for (const one of [writer, log]) one.commit(position);
  }

  /** The last fault is over: the old writers hear of the new one, and everything is collected. */
  async heal(): Promise<void> {
    await this.promote(0, 1);
    for (let round = 0; round < 2; round++) {
      for (const { log } of this.machines.slice(1)) await this.follow(log);
      for (const { log } of this.machines.slice(1)) await collect(log, this.machines[0]!.log);
    }
    for (const { log } of this.machines.slice(1)) await this.follow(log);
  }
}

class Model {
  readonly entries: Candidate[] = [];

  isNew(candidate: Candidate): boolean {
    const isKnown = this.entries.some((entry) => isSame(entry, candidate));
    this.entries.push(candidate);
    return !isKnown;
  }
}

function isSame(a: Candidate, b: Candidate): boolean {
  if (!identityOf(a.key).equals(identityOf(b.key)) || a.eventId !== b.eventId) return false;
  return a.eventId !== undefined || a.key.equals(b.key) || Math.abs(a.receivedAt - b.receivedAt) <= 60_000;
}

const identities = (all: readonly Candidate[]): string[] =>
  [...new Set(all.map(({ key }) => identityOf(key).toString('hex')))].sort();

async function prove({ machines, answers, committed }: Cluster, sent: readonly Candidate[]): Promise<void> {
  const { log: writer } = machines[0]!;
  const entries = await entriesOf(writer);
  const model = new Model();
  expect(entries.filter((entry) => !model.isNew(entry)).map(nameOf)).toEqual([]);
  expect(identities(entries)).toEqual(identities(sent));
  for (const { position, frame } of committed.values())
    expect((await writer.records(before(position), { recordsMax: 1 }))[0]?.frame).toEqual(frame);
  for (const { log, databases } of machines) {
    expect([log.tail, log.pendingEntries, log.members]).toEqual([writer.tail, 0, writer.members]);
    expect((await entriesOf(log)).map(nameOf)).toEqual(entries.map(nameOf));
    for (const { key } of answers) expect(await log.find(key)).toHaveLength(1);
    expect(await disagreements(log, databases)).toEqual([]);
  }
  const origins = (await recordsOf(writer)).map(decodeRecord).flatMap((record) => {
    if (record.type === 'epoch' || record.type === 'members') return [];
    const { store, arrival } = record.type === 'entry' ? record.entry.origin : record.receipt.origin;
    return [`${store} ${arrival}`];
  });
  expect(new Set(origins).size).toBe(origins.length);
}

function before({ sequence, n }: RawRecord['position']): RawRecord['position'] {
  return n > 0 ? { sequence, n: n - 1 } : { sequence: sequence - 1, n: 9_999 };
}

it('rival writers end as one log that has each event once, and all that a majority ever had, whatever was cut, stopped or killed on the way', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const cluster = new Cluster();
      await cluster.begin();
      for (const step of all) {
        await cluster.play(step);
        for (const { log, databases } of cluster.machines)
          expect(await disagreements(log, databases)).toEqual([]);
      }
      await cluster.heal();
      await prove(
        cluster,
        all.flatMap((step) => (step.do === 'append' ? step.candidates : [])),
      );
    }),
    { seed: 7, numRuns: 60 },
  );
}, 120_000);
