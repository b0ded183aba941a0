import { DEDUP_WINDOW_SECONDS } from '@hooklog/ordered-log';
import type { ClusterLimits } from '@hooklog/sync-protocol';
import { differenceOf } from './checks/convergence';
import { FinalLog, proveCollected } from './checks/final-log';
import { Ledger } from './checks/ledger';
import { Observer } from './checks/observer';
import { Violation } from './checks/violation';
import { Clients } from './clients';
import { Machine } from './cluster/machine';
import { drawSettings, type Settings } from './cluster/settings';
import { Faults } from './faults';
import { Network } from './network/network';
import { Readers } from './readers';
import { Operator } from './operator';
import { noStatistics, type Statistics } from './statistics';
import { World } from './world/world';

const CONVERGE_MS_MAX = 180_000;
const LOOK_MS = 100;
/** Nothing may change for so long. */
const QUIET_MS = 2000;

export interface SimulationOptions {
  readonly tracing: boolean;
  /** else drawn */
  readonly nodes?: number;
  readonly limits?: Partial<ClusterLimits>;
}

/** The parts of one simulation. */
export class Simulation {
  readonly world: World;
  readonly network: Network;
  readonly observer: Observer;
  readonly ledger = new Ledger();
  readonly machines: readonly Machine[];
  readonly operator: Operator;
  readonly statistics: Statistics = { ...noStatistics(), seeds: 1 };
  readonly settings: Settings;

  constructor(seed: number, options: SimulationOptions) {
    const world = new World(seed, options.tracing);
    const { dice } = world;
    this.world = world;
    this.network = new Network(world, dice.fork());
    this.settings = drawSettings(dice.fork(), options.limits);
    const { ledger, network, settings } = this;
    const observer = new Observer((body, eventId) => ledger.wasSent(body, eventId), world.trace);
    this.observer = observer;
    const names = Array.from({ length: options.nodes ?? dice.pick([3, 3, 5, 4]) }, (_, i) => `n${i + 1}`);
    this.machines = names.map(
      (name) => new Machine({ name, world, network, observer, settings, dice: dice.fork() }),
    );
    for (const machine of this.machines) machine.neighbours = this.machines;
    this.machines[0]!.first = 'master';
    this.operator = new Operator(world, this.machines, this.statistics);
  }

  /** Resolves when the condition holds. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await this.world.sleep(LOOK_MS);
  }

  /** A cluster of all machines, led by the first one. */
  begin(): void {
    for (const machine of this.machines) machine.start();
  }

  /** Without faults all nodes become equal, whatever was before. @throws Violation */
  async converge(): Promise<void> {
    const { world, machines, operator } = this;
    const deadline = world.now + CONVERGE_MS_MAX;
    let isWell = false;
    void operator.lookAfter(
      () => world.dice.pick(machines),
      4000,
      () => isWell,
    );
    for (let since = world.now; world.now - since < QUIET_MS;) {
      await world.sleep(LOOK_MS);
      const difference = differenceOf(machines);
      isWell = difference === undefined;
      if (isWell) continue;
      if (world.now > deadline) throw new Violation('CONVERGE', difference!);
      since = world.now;
    }
  }

  /** Proves what the nodes have in the end against what clients know. @throws Violation */
  async conclude(): Promise<void> {
    const { observer, ledger, machines, operator } = this;
    const kept = new Set(machines.map(({ name }) => observer.copyOf(name)));
    const log = operator.master!.process!.log!;
    const final = await FinalLog.read(log, {
      ledger,
      kept,
      windowMs: DEDUP_WINDOW_SECONDS * 1000,
    });
    await final.prove();
    await proveCollected(log);
  }

  /** What there was of it, also when it ended early. */
  count(): void {
    const { ledger } = this;
    this.statistics.virtualMs = this.world.now;
    this.statistics.turns = this.world.turns;
    this.statistics.events = ledger.events.length;
    this.statistics.acknowledged = ledger.acknowledged;
  }
}

/** Runs a story in virtual time, to its end. @throws what it throws, and what any check found meanwhile */
export async function play(world: World, story: () => Promise<void>): Promise<void> {
  let over = false;
  await Promise.all([
    world.run(() => over),
    Promise.resolve()
      .then(story)
      .then(
        () => (over = true),
        (error: unknown) => world.fail(error),
      ),
  ]);
}

/** What the seed makes of it: clients and faults, then quiet. */
export async function storm(simulation: Simulation): Promise<void> {
  const { world, network, machines, ledger, observer, operator, statistics } = simulation;
  const { dice } = world;
  simulation.begin();
  const options = { world, network, machines };
  const clients = new Clients({ ...options, ledger, dice: dice.fork() });
  clients.start(dice.pick([100, 250, 400, 800]));
  const readers = new Readers({ world, machines, ledger, observer, dice: dice.fork() });
  readers.start(300);
  const faults = new Faults({ ...options, operator, statistics, dice: dice.fork() });
  await world.sleep(dice.pick([0, 2000, 6000]));
  faults.start();
  await world.sleep(dice.between(8_000, dice.pick([20_000, 30_000, 60_000])));
  clients.finish();
  readers.finish();
  faults.end();
  await simulation.until(() => clients.idle);
  await simulation.converge();
  await simulation.conclude();
}
