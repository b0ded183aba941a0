import type { Scenario } from './scenario';
import { Stage } from './stage';

/** One event that came several times, while the order changes hands. */
export const COPIES: readonly Scenario[] = [
  {
    name: 'retry-of-an-old-epoch',
    nodes: 3,
    /** What a master could not get to a majority is sent again: to it in its next epoch, and to the next master. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [master, other, third] = stage.nodes(1, 2, 3);
      await stage.send(master!, 'majority');
      const eventId = stage.dice.pick(['the same', undefined]);
      const event = stage.event(eventId === undefined ? {} : { eventId });
      stage.cut([master!], [other!, third!]);
      const first = await stage.send(master!, 'majority', { event });
      stage.expect(first.answer?.outcome !== 'stored', 'DURABLE-ACK', 'a master alone is no majority');
      master!.crash(stage.dice.pick(['process', 'machine']));
      master!.start();
      await stage.eventually('it leads again', () => master!.process?.cluster?.role === 'master');
      const second = await stage.send(master!, 'majority', { event });
      stage.expect(second.answer?.outcome !== 'stored', 'DURABLE-ACK', 'a retry is no acknowledgement');
      if (stage.dice.chance(0.5)) await stage.promote(other!);
      await stage.send(other!, 'majority', { event, timeoutMs: 2000 });
      stage.heal();
      await stage.send(master!, 'majority', { event, timeoutMs: 3000 });
      await stage.end();
    },
  },
  {
    name: 'cut-receipt',
    nodes: 5,
    /** A pending entry is named by a receipt, and the receipt is cut: the entry has to be pending again. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [master, next, taker, ...others] = stage.nodes(1, 2, 3, 4, 5);
      stage.cut([taker!], [master!, next!, ...others]);
      const eventId = stage.dice.pick(['the same', undefined]);
      const event = stage.event(eventId === undefined ? {} : { eventId });
      await stage.send(master!, 'majority', { event });
      await stage.sleep(stage.dice.between(0, 2500));
      await stage.send(taker!, 1, { event });
      stage.heal();
      stage.cut([master!, taker!], [next!, ...others]);
      await stage.eventually('the copy is named', () => taker!.process!.log!.pendingEntries === 0);
      await stage.promote(next!);
      await stage.send(next!, 'majority');
      if (stage.dice.chance(0.5)) taker!.crash('machine');
      await stage.end();
    },
  },
  {
    name: 'collected-and-cut',
    nodes: 3,
    /** What a master had collected is cut from its log: it collects it again when it leads again. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [old, next, taker] = stage.nodes(1, 2, 3);
      await stage.send(taker!, 1);
      await stage.allVote();
      stage.block(old!, taker!);
      stage.block(old!, next!);
      const { sequence } = old!.process!.log!.tail.position;
      for (let i = 0; i < 3; i++) await stage.send(taker!, 1);
      await stage.eventually(
        'they are collected',
        () => old!.process!.log!.tail.position.sequence > sequence,
      );
      await stage.sleep(100);
      next!.disk.conditions.slowness = 40;
      const promoted = stage.promote(next!);
      await stage.eventually('it leads', () => next!.process!.log!.leading);
      stage.cut([taker!], [old!, next!]);
      await promoted;
      next!.disk.conditions.slowness = 1;
      stage.heal();
      stage.cut([taker!], [old!, next!]);
      await stage.eventually('the old master follows', () => old!.process!.log!.writer?.node === next!.name);
      await simulation.operator.demote(next!);
      await stage.promote(old!);
      await stage.end();
    },
  },
  {
    name: 'copy-at-the-next-master',
    nodes: 3,
    /** The next master knows the events of the one before, also when its index was lost. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [master, next] = stage.nodes(1, 2);
      const events = ['one', 'two', undefined].map((eventId) =>
        stage.event(eventId === undefined ? {} : { eventId }),
      );
      for (const event of events) await stage.send(master!, 'all', { event });
      next!.crash(stage.dice.pick(['process', 'machine']));
      next!.start();
      await stage.eventually('it is back', () => next!.server !== undefined);
      await stage.promote(next!);
      for (const event of events) {
        const { answer } = await stage.send(next!, 'majority', { event, timeoutMs: 3000 });
        const isCopy = answer?.outcome === 'refused' || answer?.duplicate === true;
        stage.expect(isCopy, 'DEDUP-ONCE', `${event.name} is taken as new by the next master`);
      }
      await stage.end();
    },
  },
  {
    name: 'copies-on-both-sides',
    nodes: 3,
    /** The same events on both sides of a cut: with the old master, pending, and with the next one. */
    async run(simulation) {
      const stage = await Stage.set(simulation);
      const [old, next, third] = stage.nodes(1, 2, 3);
      stage.cut([old!], [next!, third!]);
      const events = Array.from({ length: 6 }, (_, i) =>
        stage.event(i % 2 === 0 ? { eventId: `event ${i}` } : {}),
      );
      for (const event of events) await stage.send(third!, 1, { event });
      for (const event of events) await stage.send(old!, 1, { event });
      await stage.promote(next!);
      for (const event of events) await stage.send(next!, stage.dice.pick([1, 'majority']), { event });
      await stage.end();
    },
  },
];
