import { comparePositions } from '@hooklog/ordered-log';
import type { Machine } from './cluster/machine';
import type { Network } from './network/network';
import { FAIR, stormy } from './network/weather';
import type { Operator } from './operator';
import type { Statistics } from './statistics';
import type { Dice } from './world/dice';
import type { World } from './world/world';

export interface FaultsOptions {
  readonly world: World;
  readonly network: Network;
  readonly machines: readonly Machine[];
  readonly operator: Operator;
  readonly statistics: Statistics;
  readonly dice: Dice;
}

type Fault = (machine: Machine) => void;

/** Share of the kinds of faults that one simulation has: with all of them at once the deep ones are never reached. */
const KINDS_SHARE = 0.6;
const DOWN_MS_MAX = 6000;
const CUT_MS_MAX = 12_000;

/** What goes wrong, by the dice: machines, disks, clocks, the network, and operators who promote at bad moments. */
export class Faults {
  readonly #kinds: readonly Fault[];
  readonly #everyMs: number;
  #over = false;

  constructor(private readonly options: FaultsOptions) {
    const { dice } = options;
    const all: readonly (readonly [weight: number, fault: Fault])[] = [
      [3, (machine) => this.crash(machine)],
      [1, () => this.crashAll()],
      [1, (machine) => this.restart(machine)],
      [2, () => this.split()],
      [2, (machine) => this.isolate(machine)],
      [2, (machine) => this.blockOneWay(machine)],
      [3, (machine) => void options.operator.promote(machine)],
      [1, (machine) => this.promoteTwo(machine)],
      [1, (machine) => void options.operator.demote(options.operator.masters[0] ?? machine)],
      [2, (machine) => this.wipe(machine)],
      [1, (machine) => this.slowDisk(machine)],
      [1, (machine) => this.fillDisk(machine)],
      [1, (machine) => this.failWrite(machine)],
      [1, (machine) => this.setClock(machine)],
      [1, () => this.changeWeather()],
    ];
    const kept = all.filter(() => dice.chance(KINDS_SHARE));
    this.#kinds = (kept.length > 0 ? kept : all).flatMap(([weight, fault]) =>
      Array<Fault>(weight).fill(fault),
    );
    this.#everyMs = dice.pick([700, 1500, 3000, 6000]);
  }

  start(): void {
    this.changeWeather();
    this.#next();
  }

  /** Nothing goes wrong any more, and everything is started. */
  end(): void {
    this.#over = true;
    const { network, machines } = this.options;
    network.heal();
    network.weather = FAIR;
    for (const machine of machines) {
      machine.disk.conditions.slowness = 1;
      machine.disk.conditions.full = false;
      machine.disk.conditions.failing = false;
      machine.start();
    }
  }

  #next(): void {
    const { world, dice, machines } = this.options;
    world.after(dice.between(0, 2 * this.#everyMs), () => {
      if (this.#over) return;
      dice.pick(this.#kinds)(dice.pick(machines));
      this.#next();
    });
  }

  crash(machine: Machine): void {
    const { dice, statistics } = this.options;
    statistics.crashes++;
    machine.crash(dice.pick(['process', 'machine']));
    this.#later(dice.pick([50, DOWN_MS_MAX]), () => machine.start());
  }

  crashAll(): void {
    const { dice, machines, statistics } = this.options;
    const kind = dice.pick(['process', 'machine'] as const);
    for (const machine of machines) {
      statistics.crashes++;
      machine.crash(kind);
      this.#later(2000, () => machine.start());
    }
  }

  restart(machine: Machine): void {
    const { dice } = this.options;
    void machine.stop().then(() => {
      if (this.#over) machine.start();
      else this.#later(dice.pick([50, DOWN_MS_MAX]), () => machine.start());
    });
  }

  /** Two groups that hear nothing of one another. */
  split(): void {
    const { dice, machines } = this.options;
    const far = machines.filter(() => dice.chance(0.5));
    const near = machines.filter((machine) => !far.includes(machine));
    this.#cut(near.flatMap((a) => far.flatMap((b) => [[a, b] as const, [b, a] as const])));
  }

  isolate(machine: Machine): void {
    const others = this.#othersOf(machine);
    this.#cut(others.flatMap((other) => [[machine, other] as const, [other, machine] as const]));
  }

  blockOneWay(machine: Machine): void {
    const { dice } = this.options;
    const others = this.#othersOf(machine).filter(() => dice.chance(0.6));
    const out = dice.chance(0.5);
    this.#cut(others.map((other) => (out ? ([machine, other] as const) : ([other, machine] as const))));
  }

  promoteTwo(machine: Machine): void {
    const { dice, operator } = this.options;
    void operator.promote(machine);
    this.#later(dice.pick([1, 50]), () => void operator.promote(dice.pick(this.#othersOf(machine))));
  }

  /**
   * Only while every node counts, with the disk that it has now: what a majority has is then still on another disk
   * of each later majority.
   */
  wipe(machine: Machine): void {
    const { machines, operator, statistics, dice } = this.options;
    const log = operator.master?.process?.log;
    if (log === undefined || !log.members.every(({ voting }) => voting)) return;
    const stores = new Set(log.members.map(({ store }) => store));
    const isWhole = machines.every(({ observer, name }) => stores.has(observer.copyOf(name).store));
    if (!isWhole || stores.size < machines.length) return;
    if (comparePositions(log.membersAt, log.committed) > 0) return;
    statistics.wipes++;
    machine.wipe();
    this.#later(dice.pick([50, DOWN_MS_MAX]), () => machine.start());
  }

  slowDisk(machine: Machine): void {
    const { dice } = this.options;
    const { conditions } = machine.disk;
    conditions.slowness = dice.between(3, 60);
    machine.tell(() => `has a disk that is ${conditions.slowness.toFixed(0)} times slower`);
    this.#later(CUT_MS_MAX, () => (conditions.slowness = 1));
  }

  fillDisk(machine: Machine): void {
    const { conditions } = machine.disk;
    conditions.full = true;
    machine.tell(() => 'has a full disk');
    this.#later(CUT_MS_MAX, () => (conditions.full = false));
  }

  failWrite(machine: Machine): void {
    machine.disk.conditions.failing = true;
    machine.tell(() => 'will fail to write once');
  }

  setClock(machine: Machine): void {
    const { dice } = this.options;
    const ms = dice.between(-1, 1) * dice.pick([1000, 90_000, 4_000_000]);
    machine.clock.jump(ms);
    machine.tell(() => `has its clock set by ${(ms / 1000).toFixed(1)} s`);
  }

  changeWeather(): void {
    const { network, dice, world } = this.options;
    network.weather = stormy(dice);
    world.trace.note('network', () => JSON.stringify(network.weather));
  }

  #cut(pairs: readonly (readonly [Machine, Machine])[]): void {
    const { network, statistics, dice, world } = this.options;
    statistics.partitions++;
    world.trace.note(
      'network',
      () => `cuts ${pairs.map(([from, to]) => `${from.name}>${to.name}`).join(' ')}`,
    );
    for (const [from, to] of pairs) network.block(from.name, to.name);
    this.#later(dice.pick([500, CUT_MS_MAX]), () => {
      network.heal();
      world.trace.note('network', () => 'is whole');
    });
  }

  #later(msMax: number, run: () => void): void {
    const { world, dice } = this.options;
    world.after(dice.between(0, msMax), () => {
      if (!this.#over) run();
    });
  }

  #othersOf(machine: Machine): Machine[] {
    return this.options.machines.filter((other) => other !== machine);
  }
}
