import { type EntryKey } from '@hooklog/object-id';
import { LogError, type OrderedLog } from '@hooklog/ordered-log';
import type { Ledger } from './checks/ledger';
import type { Observer } from './checks/observer';
import { keyOfFrame } from './checks/stored-rows';
import { hold, Violation } from './checks/violation';
import type { Machine } from './cluster/machine';
import type { Dice } from './world/dice';
import type { World } from './world/world';

const ENTRIES_MAX = 30;

export interface ReadersOptions {
  readonly world: World;
  readonly machines: readonly Machine[];
  readonly ledger: Ledger;
  readonly observer: Observer;
  readonly dice: Dice;
}

/** Those who read the log and look up what they were answered, from any node, at any time. */
export class Readers {
  #reading = false;

  constructor(private readonly options: ReadersOptions) {}

  /** @param everyMs between two looks */
  start(everyMs: number): void {
    this.#reading = true;
    this.#next(everyMs);
  }

  finish(): void {
    this.#reading = false;
  }

  #next(everyMs: number): void {
    const { world, dice, machines } = this.options;
    world.after(dice.between(0, 2 * everyMs), () => {
      if (!this.#reading) return;
      void this.#look(dice.pick(machines));
      this.#next(everyMs);
    });
  }

  async #look(machine: Machine): Promise<void> {
    const { world, dice } = this.options;
    const { server, process } = machine;
    if (server === undefined) return;
    try {
      await (dice.chance(0.5) ? this.#readOn(process!.log!) : this.#lookUp(machine, process!.log!));
    } catch (error) {
      if (error instanceof Violation) world.fail(error);
      else if (!(error instanceof LogError)) throw error;
      else if (error.code === 'DAMAGED')
        world.fail(new Violation('GAP-INVISIBLE', `${machine.name} cannot read its log: ${error.message}`));
    }
  }

  /** From some place on. */
  async #readOn(log: OrderedLog): Promise<void> {
    const { dice, observer } = this.options;
    const committed = log.committed.sequence;
    let last = dice.below(log.tail.position.sequence + 1);
    for await (const { sequence, key } of log.entries(last, { limit: ENTRIES_MAX })) {
      const before = last;
      hold(sequence === before + 1, 'GAP-INVISIBLE', () => `${log.node} shows ${sequence} behind ${before}`);
      last = sequence;
      if (sequence > committed) continue;
      const { frame } = observer.committed.recordAt({ sequence, n: 0 })!;
      const isThat = keyOfFrame(frame) === key.toString('latin1');
      hold(isThat, 'PREFIX-AGREE', () => `${log.node} shows another entry as ${sequence} than is committed`);
    }
  }

  /** What this node has answered, by the key that it gave. */
  async #lookUp(machine: Machine, log: OrderedLog): Promise<void> {
    const { dice, observer, ledger } = this.options;
    const copy = observer.copyOf(machine.name);
    const event = dice.pick(ledger.events);
    const answers = event.attempts.flatMap(({ node, answer }) =>
      node === machine.name && answer?.outcome === 'stored' && answer.holders.includes(copy) ? [answer] : [],
    );
    for (const { key } of answers) {
      const found = await log.find(Buffer.from(key, 'latin1') as EntryKey);
      const known = found.some(({ body }) => ledger.eventOf(body) === event);
      hold(
        known,
        'RETRY-SAME',
        () => `${machine.name} answered ${event.name}, and does not find it by its key`,
      );
    }
  }
}
