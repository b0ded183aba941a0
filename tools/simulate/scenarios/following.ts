import { NOBODY, type OrderedLog, type Position, type RawRecord, START } from '@hooklog/ordered-log';
import type { AppendAnswer } from '@hooklog/sync-protocol';
import type { Machine } from '../cluster/machine';
import type { Scenario } from './scenario';
import { Stage } from './stage';

/** Records that come out of order, again, too early, or from somebody who has no business to send them. */
export const FOLLOWING: readonly Scenario[] = [
  {
    name: 'gap-and-duplicate',
    nodes: 3,
    limits: { batchRecordsMax: 64 },
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [master, follower] = stage.nodes(1, 2);
      await stage.sendMany(4, master!, 'all');
      stage.cut([master!], [follower!]);
      const end = follower!.process!.log!.tail.position;
      await stage.sendMany(6, master!, 1);
      const records = await master!.process!.log!.records(end);
      const say = sayingFor(stage, speakerOf(master!), follower!);
      for (const skipped of [3, 1, 2]) {
        const answer = await say(records[skipped - 1]!.position, records.slice(skipped));
        stage.expect(answer.outcome === 'gap', 'GAP-INVISIBLE', `a gap was answered ${answer.outcome}`);
      }
      await proveEnd(stage, follower!, end);
      for (const count of [1, 1, 3, 2, 3]) {
        const answer = await say(end, records.slice(0, count));
        stage.expect(answer.outcome === 'accepted', 'SEQ-DENSE', `a repeated append was ${answer.outcome}`);
      }
      await proveEnd(stage, follower!, records[2]!.position);
      await stage.end();
    },
  },
  {
    name: 'old-epoch-speaks',
    nodes: 3,
    limits: { batchRecordsMax: 64 },
    /** Appends of an epoch that is over, and of one that nobody promised, arrive late. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [old, next, third] = stage.nodes(1, 2, 3);
      await stage.sendMany(3, old!, 'majority');
      stage.cut([old!], [next!, third!]);
      await stage.sendMany(3, old!, 1);
      const end = third!.process!.log!.tail.position;
      const records = await old!.process!.log!.records(end);
      await stage.promote(next!);
      await stage.sendMany(3, next!, 'majority');
      const answer = await sayingFor(stage, speakerOf(old!), third!)(end, records);
      stage.expect(answer.outcome === 'stale', 'EPOCH-FENCED', `an old epoch was answered ${answer.outcome}`);
      await stage.end();
    },
  },
  {
    name: 'rough-weather',
    nodes: 4,
    /** Every request may come twice, late, or not at all, and streams break. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      simulation.network.weather = { delayMs: 5, loss: 0.1, late: 0.2, doubled: 0.4, cut: 0.2 };
      for (let i = 0; i < 40; i++) {
        void stage.send(stage.dice.pick(stage.machines), stage.dice.pick([1, 1, 'majority']));
        await stage.sleep(stage.dice.between(0, 200));
        if (i % 10 === 9) await stage.promote(stage.dice.pick(stage.machines));
      }
      simulation.network.weather = { delayMs: 1, loss: 0, late: 0, doubled: 0, cut: 0 };
      await stage.sleep(5000);
      await stage.end();
    },
  },
  {
    name: 'promise-outlives-the-process',
    nodes: 3,
    limits: { batchRecordsMax: 64 },
    /** A node that has promised crashes, and is then asked to append by the epoch that it gave up. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [old, , third] = stage.nodes(1, 2, 3);
      await stage.sendMany(2, old!, 'majority');
      stage.cut([old!], [third!]);
      const { log } = third!.process!;
      const end = log!.tail.position;
      await stage.sendMany(2, old!, 'majority');
      const records = await old!.process!.log!.records(end);
      const link = stage.linkTo(third!);
      const asked = {
        store: log!.store,
        epoch: log!.promised.epoch + 0x1_0000,
        candidate: NOBODY,
        dry: false,
      };
      const { granted } = await link.promise(asked, new AbortController().signal);
      stage.expect(granted, 'PROMISE-DURABLE', 'a later epoch was not promised');
      third!.crash(stage.dice.pick(['process', 'machine']));
      third!.start();
      await stage.eventually('it is back', () => third!.server !== undefined);
      const { outcome } = await sayingFor(stage, speakerOf(old!), third!)(end, records);
      stage.expect(outcome === 'stale', 'PROMISE-DURABLE', `a promise was forgotten: ${outcome}`);
      await stage.end();
    },
  },
];

/** Whoever speaks as a master. */
export interface Speaker {
  readonly name: string;
  readonly url: string;
  readonly log: OrderedLog;
}

export function speakerOf({ name, url, process }: Machine): Speaker {
  return { name, url, log: process!.log! };
}

/** Speaks to a follower as a master would. */
export function sayingFor(
  stage: Stage,
  { name: node, url, log }: Speaker,
  follower: Machine,
): (previous: Position, records: readonly RawRecord[]) => Promise<AppendAnswer> {
  const link = stage.linkTo(follower);
  return async (previous, records) => {
    const previousChain = (await log.chainAt(previous))!;
    const { store } = follower.process!.log!;
    const place = { previous, previousChain, records, commit: START };
    const request = { store, cluster: log.cluster, epoch: log.tail.epoch, leader: { node, url }, ...place };
    return link.append(request, new AbortController().signal);
  };
}

async function proveEnd(stage: Stage, machine: Machine, end: Position): Promise<void> {
  const { log } = machine.process!;
  let last = 0;
  for await (const { sequence } of log!.entries(0)) {
    stage.expect(sequence === last + 1, 'GAP-INVISIBLE', `${sequence} is shown behind ${last}`);
    last = sequence;
  }
  stage.expect(
    last === end.sequence,
    'GAP-INVISIBLE',
    `${last} is shown, and the log ends at ${end.sequence}`,
  );
}
