import { comparePositions, OrderedLog, type Position, ROLLBACK, START } from '@hooklog/ordered-log';
import { text } from '../checks/store-copy';
import { kindOf } from '../checks/stored-rows';
import type { Machine } from '../cluster/machine';
import { Disk } from '../disk/disk';
import { sayingFor } from './following';
import type { Scenario } from './scenario';
import { Stage } from './stage';

/** Two histories, of which one has to give way without anything that was answered being lost. */
export const HISTORIES: readonly Scenario[] = [
  {
    name: 'old-master-returns',
    nodes: 3,
    /** Both take writes while they are cut off from one another. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [old, next, third] = stage.nodes(1, 2, 3);
      await stage.sendMany(5, old!, 'majority');
      stage.cut([old!], [next!, third!]);
      const lonely = await stage.sendMany(7, old!, 1);
      await stage.promote(next!);
      await stage.sendMany(3 + stage.dice.below(8), next!, 'majority');
      stage.expect(
        lonely.every(({ answer }) => answer?.outcome === 'stored'),
        'ACK-SURVIVES',
        'a master that is cut off does not take wc=1',
      );
      await stage.end();
      const rows = await old!.process!.log!.metaNames(ROLLBACK);
      stage.expect(rows.length > 0, 'ACK-SURVIVES', 'nothing tells what was taken back');
    },
  },
  {
    name: 'bare-tail',
    nodes: 3,
    /** The old master's log ends where the new one's does, or behind it, with other records. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [old, next, third] = stage.nodes(1, 2, 3);
      stage.cut([old!], [next!, third!]);
      await stage.sendMany(4 + stage.dice.below(3), old!, 1);
      await stage.promote(next!);
      await stage.sendMany(stage.dice.below(4), next!, 'majority');
      third!.crash('process');
      stage.heal();
      await stage.send(next!, 'majority', { timeoutMs: 3000 });
      await stage.end();
    },
  },
  {
    name: 'longer-and-older',
    nodes: 3,
    /** A candidate has more records than the others, but of an epoch that is over. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [old, next, third] = stage.nodes(1, 2, 3);
      stage.cut([old!], [next!, third!]);
      await stage.sendMany(8, old!, 1);
      await stage.promote(next!);
      await stage.sendMany(2, next!, 'majority');
      await simulation.operator.demote(next!);
      third!.crash('process');
      await stage.sleep(3000);
      stage.heal();
      let leads = false;
      for (let attempt = 0; attempt < 5 && !leads; attempt++) leads = await stage.promote(old!);
      stage.expect(leads, 'CONVERGE', 'a candidate keeps a history that a majority does not have');
      await stage.send(old!, 'majority');
      await stage.end();
    },
  },
  {
    name: 'writer-without-what-is-committed',
    nodes: 3,
    limits: { batchRecordsMax: 64 },
    /** Somebody leads a later epoch with an old copy of the log: nothing that is committed gives way to it. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [master, follower] = stage.nodes(1, 2);
      await stage.sendMany(3, master!, 'all');
      const stranger = await oldCopyOf(stage, master!);
      const at = stranger.tail.position;
      await stage.sendMany(5, master!, 'all');
      await stage.sleep(1500);
      const { log } = follower!.process!;
      const end = text(log!.tail.position);
      const epoch = log!.promised.epoch + 0x5_0000;
      await stranger.promise(epoch, stranger.store);
      await stranger.lead(epoch);
      const say = sayingFor(stage, { log: stranger, name: 'stranger', url: 'http://n3' }, follower!);
      const { outcome } = await say(at, await stranger.records(at));
      stage.expect(
        outcome === 'diverged',
        'COMMIT-MONOTONE',
        `a log without what is committed was ${outcome}`,
      );
      stage.expect(end === text(log!.tail.position), 'COMMIT-MONOTONE', 'what is committed was changed');
      await stage.end();
    },
  },
  {
    name: 'figure-8',
    nodes: 5,
    limits: { batchRecordsMax: 1 },
    /** The paper's figure 8: what an old term wrote reaches a majority in a later one, and is overwritten all the same. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [s1, s2, s3, s4, s5] = stage.nodes(1, 2, 3, 4, 5) as [
        Machine,
        Machine,
        Machine,
        Machine,
        Machine,
      ];
      stage.cut([s1, s2], [s3, s4, s5]);
      await stage.send(s1, 1);
      const x = s1.process!.log!.tail.position;
      await stage.eventually('s2 has x', () => has(s2, x));
      s1.crash('process');
      s2.crash('process');
      await leadAlone(stage, s5, [s3, s4]);
      await stage.send(s5, 1);
      s5.crash('process');
      stage.heal();
      stage.cut([s4, s5], [s1, s2, s3]);
      s1.start();
      s2.start();
      await stage.eventually('s1 and s2 are up', () => s1.server !== undefined && s2.server !== undefined);
      await stage.eventually('s3 does not listen to s1', () => s1.process!.cluster!.leader?.fenced === true);
      const promised = s3.process!.log!.promised.epoch;
      void stage.promote(s1);
      await stage.eventually('s3 promises', () => s3.process!.log!.promised.epoch > promised);
      s3.disk.conditions.slowness = 40;
      await stage.eventually('s1 leads', () => s1.process!.log!.tail.epoch > promised);
      await stage.eventually('s3 is sent x', () =>
        s3.disk.log.underway.some(({ key }) => kindOf(key) === 'log'),
      );
      stage.block(s1, s3);
      await stage.eventually('s3 has x', () => has(s3, x));
      await stage.sleep(20);
      s1.crash('machine');
      s3.disk.conditions.slowness = 1;
      stage.heal();
      stage.cut([s3, s4, s5], [s1, s2]);
      s5.start();
      await stage.eventually('s5 is up', () => s5.server !== undefined);
      await stage.promote(s5);
      await stage.send(s5, 'majority');
      await stage.end();
    },
  },
  {
    name: 'all-restart',
    nodes: 3,
    /** Each restart of all begins a new epoch, whose records must not be taken for those of the one before. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      for (let round = 0; round < 5; round++) {
        const master = simulation.operator.master!;
        const sent = [1, 2, 3].map((i) => stage.send(master, i === 1 ? 1 : 'majority'));
        await stage.sleep(stage.dice.between(0, 10));
        for (const machine of stage.machines) machine.crash(stage.dice.pick(['process', 'machine']));
        await stage.sleep(stage.dice.between(0, 50));
        for (const machine of stage.machines) machine.start();
        await Promise.all(sent);
        await stage.eventually('the master leads again', () => simulation.operator.master !== undefined);
      }
      await stage.end();
    },
  },
];

/** The candidate gets the promises of the others, and nothing of its epoch reaches them. */
async function leadAlone(stage: Stage, candidate: Machine, others: readonly Machine[]): Promise<void> {
  const before = candidate.process!.log!.promised.epoch;
  candidate.disk.conditions.slowness = 60;
  void stage.promote(candidate);
  await stage.eventually('all have promised', () =>
    others.every(({ process }) => process!.log!.promised.epoch > before),
  );
  await stage.sleep(15);
  stage.cut([candidate], others);
  await stage.eventually('it leads', () => candidate.process!.log!.leading);
  candidate.disk.conditions.slowness = 1;
}

/** A store that is no member, with what the log has now. */
async function oldCopyOf(stage: Stage, master: Machine): Promise<OrderedLog> {
  const { world } = stage.simulation;
  const { dice } = stage;
  const log = await OrderedLog.open({
    ...new Disk(world, dice.fork()).open(),
    node: 'stranger',
    newStoreId: dice.hex(16),
  });
  const { epoch } = master.process!.log!.tail;
  const records = await master.process!.log!.records(START);
  await log.appendReplica({ epoch, previous: START, previousChain: Buffer.alloc(16), records });
  return log;
}

function has({ process }: Machine, position: Position): boolean {
  return comparePositions(process!.log!.tail.position, position) >= 0;
}
