import { comparePositions, NOBODY } from '@hooklog/ordered-log';
import { sayingFor, speakerOf } from './following';
import type { Scenario } from './scenario';
import { Stage } from './stage';

/** Who may still be acknowledged once a later epoch was promised. */
export const FENCING: readonly Scenario[] = [
  {
    name: 'late-acknowledgement',
    nodes: 3,
    /** The disk of a follower is busy with records of the old master while it is asked for a promise. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [master, follower, candidate] = stage.nodes(1, 2, 3);
      for (let round = 0; round < 4; round++) {
        stage.cut([master!], [candidate!]);
        follower!.disk.conditions.slowness = stage.dice.between(20, 200);
        void stage.send(follower!, 1);
        const sent = [1, 2, 3].map(() => stage.send(master!, 'majority', { timeoutMs: 3000 }));
        await stage.sleep(stage.dice.between(0, 40));
        const promoted = stage.promote(candidate!);
        sent.push(stage.send(master!, 'majority', { timeoutMs: 3000 }));
        await Promise.all([...sent, promoted]);
        follower!.disk.conditions.slowness = 1;
        stage.heal();
        await stage.promote(master!);
        await stage.allVote();
      }
      await stage.end();
    },
  },
  {
    name: 'promise-and-append-at-once',
    nodes: 3,
    limits: { batchRecordsMax: 64 },
    /** A busy disk takes a promise, and behind it records of the epoch that is given up, in one batch. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [master, follower] = stage.nodes(1, 2);
      await stage.sendMany(2, master!, 'all');
      stage.cut([master!], [follower!]);
      const { log } = follower!.process!;
      const end = log!.tail.position;
      await stage.sendMany(2, master!, 1);
      const records = await master!.process!.log!.records(end);
      follower!.disk.conditions.slowness = 25;
      const writes = stage.send(follower!, 1);
      await stage.sleep(20);
      const never = new AbortController().signal;
      const epoch = log!.promised.epoch + 0x1_0000;
      const asked = { store: log!.store, epoch, candidate: NOBODY, dry: false };
      const promise = stage.linkTo(follower!).promise(asked, never);
      await stage.sleep(2);
      const append = sayingFor(stage, speakerOf(master!), follower!)(end, records);
      const [{ granted, position }, { outcome, verified }] = await Promise.all([promise, append, writes]);
      stage.expect(granted, 'PROMISE-DURABLE', 'a later epoch was not promised');
      // records that came first are a part of what the promise tells
      const isTold = outcome === 'accepted' && comparePositions(verified, position) <= 0;
      stage.expect(outcome === 'stale' || isTold, 'EPOCH-FENCED', `records behind a promise were ${outcome}`);
      follower!.disk.conditions.slowness = 1;
      await stage.end();
    },
  },
  {
    name: 'promised-while-about-to-lead',
    nodes: 3,
    /** A candidate that has its majority gives it up before it begins: its disk was busy. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      for (let round = 0; round < 6; round++) {
        const [candidate, other] = stage.dice.pick([stage.nodes(2, 3), stage.nodes(3, 2)]);
        candidate!.disk.conditions.slowness = stage.dice.between(5, 40);
        const first = stage.promote(candidate!);
        const busy = [1, 2, 3, 4].map(async (turn) => {
          await stage.sleep(turn * stage.dice.between(0, 20));
          await stage.send(candidate!, 1);
        });
        await stage.sleep(stage.dice.between(0, 120));
        await Promise.all([first, stage.promote(other!), ...busy]);
        await stage.send(other!, 'majority');
        candidate!.disk.conditions.slowness = 1;
      }
      await stage.end();
    },
  },
  {
    name: 'deposed-while-collecting',
    nodes: 3,
    limits: { pageEntriesMax: 1 },
    /** Pages of a collector wait for the disk behind the promise that ends its epoch. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      for (const [from, to] of [stage.nodes(1, 2), stage.nodes(2, 3), stage.nodes(3, 1)]) {
        from!.disk.conditions.slowness = stage.dice.between(5, 30);
        const taker = stage.machines.find((machine) => machine !== from && machine !== to);
        const sent = Array.from({ length: 20 }, async (_, i) => {
          await stage.sleep(i * 5);
          await stage.send(taker!, 1);
        });
        await stage.sleep(stage.dice.between(20, 80));
        await Promise.all([stage.promote(to!), ...sent]);
        from!.disk.conditions.slowness = 1;
        await stage.allVote();
      }
      await stage.end();
    },
  },
  {
    name: 'minority-fence',
    nodes: 5,
    /** A candidate without a majority changes nothing: the master goes on. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const minority = stage.nodes(4, 5);
      stage.cut(stage.nodes(1, 2, 3), minority);
      const before = minority.map(({ process }) => process!.log!.promised.epoch);
      for (const machine of minority)
        stage.expect(
          !(await stage.promote(machine)),
          'EPOCH-FENCED',
          `${machine.name} leads with two of five`,
        );
      const after = minority.map(({ process }) => process!.log!.promised.epoch);
      stage.expect(
        before.join() === after.join(),
        'EPOCH-FENCED',
        'a promotion without a majority left a fence',
      );
      const { answer } = await stage.send(stage.node(1), 'majority');
      stage.expect(answer?.outcome === 'stored', 'CONVERGE', 'a majority with its master takes no writes');
      await stage.end();
    },
  },
  {
    name: 'two-promotions',
    nodes: 5,
    /** Of two candidates at once at most one leads each epoch, and one leads in the end. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      for (let round = 0; round < 4; round++) {
        const [one, other] = stage.dice.pick([stage.nodes(2, 3), stage.nodes(4, 2), stage.nodes(5, 1)]);
        const first = stage.promote(one!);
        await stage.sleep(stage.dice.pick([0, 1, 3, 8]));
        await Promise.all([first, stage.promote(other!), stage.send(one!, 1), stage.send(other!, 1)]);
        await Promise.all(stage.machines.map((machine) => stage.send(machine, 'majority')));
      }
      await stage.end();
    },
  },
  {
    name: 'demoted',
    nodes: 3,
    /** A node that was told to lead no longer does not, also after a restart, until somebody promotes. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const master = stage.node(1);
      await stage.sendMany(3, master, 'majority');
      await simulation.operator.demote(master);
      master.crash(stage.dice.pick(['process', 'machine']));
      master.start();
      await stage.sleep(1000);
      stage.expect(simulation.operator.masters.length === 0, 'EPOCH-FENCED', 'a demoted node leads again');
      const { answer } = await stage.send(master, 1);
      stage.expect(
        answer?.outcome === 'stored' && answer.sequence === null,
        'EPOCH-FENCED',
        'it gave a sequence',
      );
      await stage.promote(stage.node(2));
      await stage.end();
    },
  },
];
