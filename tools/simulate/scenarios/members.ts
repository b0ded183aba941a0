import type { Scenario } from './scenario';
import { Stage } from './stage';

/** Who counts: those whom the log names, with the disk that it names, and nobody else. */
export const MEMBERS: readonly Scenario[] = [
  {
    name: 'wiped-slave',
    nodes: 3,
    /** A node comes back under its name with an empty disk: it does not count before it has everything. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [master, wiped, third] = stage.nodes(1, 2, 3);
      await stage.sendMany(5, master!, 'majority');
      stage.cut([third!], [master!, wiped!]);
      await stage.sendMany(3, master!, 'majority');
      wiped!.wipe();
      wiped!.start();
      const sent = await stage.sendMany(2, master!, 'majority');
      stage.expect(
        sent.every(({ answer }) => answer?.outcome !== 'stored'),
        'DURABLE-ACK',
        'a node with an empty disk counts',
      );
      stage.expect(!(await stage.promote(wiped!)), 'ACK-SURVIVES', 'a node with an empty disk leads');
      master!.crash('process');
      stage.heal();
      await stage.sleep(200);
      stage.expect(!(await stage.promote(wiped!)), 'ACK-SURVIVES', 'a node with an empty disk leads');
      await stage.promote(third!);
      const { role } = third!.process!.cluster!;
      stage.expect(role === 'slave', 'ACK-SURVIVES', 'an empty disk makes a majority');
      await stage.end();
    },
  },
  {
    name: 'learners-only',
    nodes: 5,
    /** A master that has lost its voters has learners around it: that is no majority. */
    async run(simulation) {
      const [one, two, three, four, five] = simulation.machines;
      const near = [one!, two!, three!];
      for (const machine of near) machine.start();
      const stage = Stage.on(simulation);
      await stage.eventually('three vote', () => voters(stage) === 3);
      await stage.send(one!, 'majority');
      stage.cut([two!, three!], [one!, four!, five!]);
      four!.start();
      five!.start();
      await stage.sleep(2000);
      const { answer } = await stage.send(one!, 'majority');
      stage.expect(answer?.outcome !== 'stored', 'DURABLE-ACK', 'learners count');
      await stage.promote(two!);
      await stage.send(two!, 'majority');
      await stage.end();
    },
  },
  {
    name: 'members-of-the-living',
    nodes: 5,
    /** Nodes die one after the other: what is left never counts as all there is. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const master = stage.node(1);
      for (const number of [2, 3, 4]) {
        stage.node(number).crash('process');
        await stage.sleep(stage.dice.between(0, 3000));
        const { answer } = await stage.send(master, 'majority', { timeoutMs: 500 });
        const down = number - 1;
        stage.expect(
          down <= 2 || answer?.outcome !== 'stored',
          'DURABLE-ACK',
          `two of five are a majority when the others are dead`,
        );
      }
      const { answer } = await stage.send(master, 1);
      stage.expect(answer?.outcome === 'stored', 'CONVERGE', 'a master alone does not take wc=1');
      await stage.end();
    },
  },
  {
    name: 'cut-members',
    nodes: 3,
    /** A change of the members is cut: those before it are in force again. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [old, next, third] = stage.nodes(1, 2, 3);
      stage.cut([old!], [next!, third!]);
      void old!.process!.cluster!.remove(third!.name);
      await stage.sleep(50);
      stage.expect(old!.process!.log!.members.length === 2, 'CONVERGE', 'a member is not removed');
      await stage.promote(next!);
      stage.heal();
      await stage.allVote();
      await simulation.operator.demote(next!);
      await stage.promote(old!);
      await stage.send(old!, 'majority');
      await stage.end();
    },
  },
  {
    name: 'removed-and-back',
    nodes: 4,
    /** A member is removed while it is cut off, and registers again. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [master, removed, ...others] = stage.nodes(1, 2, 3, 4);
      stage.cut([removed!], [master!, ...others]);
      await stage.sendMany(3, master!, 'majority');
      await stage.send(removed!, 1);
      await master!.process!.cluster!.remove(removed!.name);
      await stage.sendMany(3, master!, 'all');
      stage.expect(!(await stage.promote(removed!)), 'EPOCH-FENCED', 'a removed node leads alone');
      removed!.crash('process');
      await stage.end();
    },
  },
];

function voters({ simulation }: Stage): number {
  const log = simulation.operator.master?.process?.log;
  if (log === undefined || log.membersAt.sequence > log.committed.sequence) return 0;
  return log.members.filter(({ voting }) => voting).length;
}
