import type { Scenario } from './scenario';
import { Stage } from './stage';

/** Disks that are slow, full, or lose what was never theirs. */
export const DISKS: readonly Scenario[] = [
  {
    name: 'power-cut-of-a-slow-follower',
    nodes: 3,
    /** A follower loses power while records are on their way to its disk: it had acknowledged nothing of them. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [master, slow, third] = stage.nodes(1, 2, 3);
      for (let round = 0; round < 4; round++) {
        stage.cut([master!], [third!]);
        slow!.disk.conditions.slowness = stage.dice.between(5, 100);
        const sent = [stage.send(master!, 'majority', { timeoutMs: 2000 }), stage.send(slow!, 1)];
        await stage.sleep(stage.dice.between(0, 120));
        slow!.crash('machine');
        stage.heal();
        slow!.disk.conditions.slowness = 1;
        slow!.start();
        await Promise.all(sent);
      }
      await stage.end();
    },
  },
  {
    name: 'power-cut-of-the-master',
    nodes: 3,
    /** Records reach followers only when the master has them durably: else its next epoch gives their places anew. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const master = stage.node(1);
      for (let round = 0; round < 5; round++) {
        master.disk.conditions.slowness = stage.dice.between(5, 60);
        const sent = [1, 2, 3].map(() => stage.send(master, stage.dice.pick([1, 'majority'])));
        await stage.sleep(stage.dice.between(0, 100));
        master.crash('machine');
        master.disk.conditions.slowness = 1;
        master.start();
        await Promise.all(sent);
        await stage.eventually('it leads again', () => simulation.operator.master === master);
        await stage.send(master, 'majority');
      }
      await stage.end();
    },
  },
  {
    name: 'full-disks',
    nodes: 3,
    /** A disk that takes nothing makes a node useless, not wrong; it goes on by itself when there is room. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      for (const number of [2, 1, 3]) {
        const machine = stage.node(number);
        machine.disk.conditions.full = true;
        await Promise.all(stage.machines.map((one) => stage.send(one, stage.dice.pick([1, 'majority']))));
        await stage.sleep(stage.dice.between(0, 3000));
        machine.disk.conditions.full = false;
        await stage.sendMany(2, stage.node(1), 'majority');
      }
      await stage.end();
    },
  },
];
