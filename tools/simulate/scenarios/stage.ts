import type { WriteConcern } from '@hooklog/sync-protocol';
import { differenceOf } from '../checks/convergence';
import type { Attempt, Event } from '../checks/ledger';
import { Violation } from '../checks/violation';
import { Clients } from '../clients';
import type { Machine } from '../cluster/machine';
import { Link } from '../network/link';
import type { Simulation } from '../simulation';
import type { Dice } from '../world/dice';

const EVENTUALLY_MS = 60_000;

export interface SendOptions {
  /** of the sender; else the body alone tells events apart */
  readonly eventId?: string;
  /** ms that the node waits for the concern */
  readonly timeoutMs?: number;
}

/** What scenarios are written with: a cluster whose faults are chosen one by one. */
export class Stage {
  readonly machines: readonly Machine[];
  readonly dice: Dice;
  readonly #clients: Clients;

  private constructor(readonly simulation: Simulation) {
    const { world, network, machines, ledger } = simulation;
    this.machines = machines;
    this.dice = world.dice;
    this.#clients = new Clients({ world, network, machines, ledger, dice: world.dice.fork() });
  }

  /** Nothing is started yet. */
  static on(simulation: Simulation): Stage {
    return new Stage(simulation);
  }

  /** All nodes are members that vote, and the first one leads. */
  static async set(simulation: Simulation): Promise<Stage> {
    const stage = Stage.on(simulation);
    simulation.begin();
    await stage.allVote();
    return stage;
  }

  /** The machines by their number, the first is 1. */
  node(number: number): Machine {
    return this.machines[number - 1]!;
  }

  nodes(...numbers: readonly number[]): Machine[] {
    return numbers.map((number) => this.node(number));
  }

  sleep(ms: number): Promise<void> {
    return this.simulation.world.sleep(ms);
  }

  /** @throws Violation CONVERGE when it does not become true */
  async eventually(what: string, isSo: () => boolean): Promise<void> {
    const { world } = this.simulation;
    for (const deadline = world.now + EVENTUALLY_MS; !isSo(); await world.sleep(5))
      if (world.now > deadline) throw new Violation('CONVERGE', `never: ${what}`);
  }

  /** All nodes have the same log, and count. */
  async allVote(): Promise<void> {
    const { machines, operator } = this.simulation;
    let isWell = false;
    void operator.lookAfter(
      () => this.dice.pick(machines),
      8000,
      () => isWell,
    );
    await this.eventually('all nodes vote', () => (isWell = differenceOf(machines) === undefined));
  }

  /** An event that is sent once, or again with `again`. */
  event(options: SendOptions = {}): Event {
    const { ledger } = this.simulation;
    return ledger.begin(`event ${ledger.events.length + 1}`, options.eventId);
  }

  /** Sends an event, a new one unless it is given. */
  async send(
    machine: Machine,
    concern: WriteConcern,
    { event = this.event(), timeoutMs = 1000 }: SendOptions & { readonly event?: Event } = {},
  ): Promise<Attempt> {
    await this.#clients.send(event, machine, concern, timeoutMs);
    return event.attempts.at(-1)!;
  }

  async sendMany(count: number, machine: Machine, concern: WriteConcern): Promise<Attempt[]> {
    const attempts: Attempt[] = [];
    for (let i = 0; i < count; i++) attempts.push(await this.send(machine, concern));
    return attempts;
  }

  /** Nothing passes between the two groups. */
  cut(one: readonly Machine[], other: readonly Machine[]): void {
    for (const a of one) for (const b of other) this.block(a, b);
    for (const a of one) for (const b of other) this.block(b, a);
  }

  /** Nothing of `from` reaches `to`. */
  block(from: Machine, to: Machine): void {
    this.simulation.network.block(from.name, to.name);
  }

  heal(): void {
    this.simulation.network.heal();
  }

  promote(machine: Machine): Promise<boolean> {
    return this.simulation.operator.promote(machine);
  }

  /** The way of somebody who is no node to a node. */
  linkTo(machine: Machine): Link {
    const { world, network, settings } = this.simulation;
    const caller = { name: 'stranger', gone: false };
    return new Link(world, network, caller, machine, settings.link);
  }

  /** @throws Violation of the invariant that the scenario is about */
  expect(condition: boolean, invariant: Violation['invariant'], what: string): void {
    if (!condition) throw new Violation(invariant, what);
  }

  /** Heals and starts everything; all has to become equal, and what was answered to be there. */
  async end(): Promise<void> {
    this.heal();
    for (const machine of this.machines) machine.start();
    await this.simulation.converge();
    await this.simulation.conclude();
  }
}
