import { Disk } from '../disk/disk';
import type { Crash } from '../disk/folder';
import type { Observer } from '../checks/observer';
import { Violation } from '../checks/violation';
import type { Host, Network } from '../network/network';
import { Clock } from '../world/clock';
import type { Dice } from '../world/dice';
import type { World } from '../world/world';
import type { NodeServer } from './node-server';
import { Process } from './process';
import type { Settings } from './settings';

/** A process that could not start is started again after this time. */
const RESTART_MS = 1500;

export interface MachineOptions {
  readonly name: string;
  readonly world: World;
  readonly network: Network;
  readonly observer: Observer;
  readonly settings: Settings;
  readonly dice: Dice;
}

/** A computer with a disk, clocks, and a node's process that comes and goes. */
export class Machine implements Host<NodeServer> {
  readonly name: string;
  readonly url: string;
  readonly world: World;
  readonly network: Network;
  readonly observer: Observer;
  readonly settings: Settings;
  readonly dice: Dice;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly connections = new Set<() => void>();
  bootId: string;
  neighbours: readonly Machine[] = [];
  /** What its process is told to be while its disk is empty. */
  first: 'master' | 'slave' = 'slave';
  /** Disks that it had before this one. */
  wipes = 0;
  #process: Process | undefined;

  constructor(options: MachineOptions) {
    const { name, world, network, observer, settings, dice } = options;
    [this.name, this.world, this.network, this.observer, this.settings] = [
      name,
      world,
      network,
      observer,
      settings,
    ];
    this.dice = dice;
    this.url = `http://${name}`;
    this.disk = new Disk(world, dice.fork());
    this.clock = new Clock(world, dice.fork());
    this.bootId = dice.hex(8);
    observer.onNewDisk(name);
    this.disk.log.onWritten = (changes) => this.checked(() => observer.onWritten(name, changes));
  }

  get process(): Process | undefined {
    return this.#process;
  }

  get server(): NodeServer | undefined {
    return this.#process?.server;
  }

  neighbour(url: string): Machine {
    return this.neighbours.find((machine) => machine.url === url)!;
  }

  /** Does nothing while a process is there. */
  start(): void {
    if (this.#process !== undefined) return;
    const process = new Process(this, this.first);
    this.#process = process;
    this.tell(() => 'starts');
    process.start().catch((error: unknown) => {
      if (process.gone) return;
      this.tell(() => `does not start: ${String(error)}`);
      if (!isOfDisk(error))
        this.world.fail(new Violation('OPEN-OR-REFUSE', `${this.name}: ${String(error)}`));
      this.crash('process');
      this.world.after(RESTART_MS, () => this.start());
    });
  }

  crash(kind: Crash): void {
    if (this.#process === undefined && kind === 'process') return;
    this.tell(() => `crashes (${kind})`);
    this.#end();
    this.disk.crash(kind);
    if (kind === 'machine') this.bootId = this.dice.hex(8);
    this.checked(() => this.observer.onFound(this.name, this.disk.log.rows.snapshot()));
  }

  /** As on SIGTERM: resolves when it is down, or when something else ended it. */
  async stop(): Promise<void> {
    const process = this.#process;
    this.tell(() => 'stops');
    await process?.stop();
    if (process === this.#process) this.#end();
  }

  /** A new, empty disk under the old name: whatever it was, it comes back as a slave. */
  wipe(): void {
    this.first = 'slave';
    this.tell(() => 'has a new disk');
    this.#end();
    this.disk.wipe();
    this.wipes++;
    this.observer.onNewDisk(this.name);
  }

  tell(text: () => string): void {
    this.world.trace.note(this.name, text);
  }

  /** A check that fails ends the simulation, wherever it is called. */
  checked(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.world.fail(error);
    }
  }

  #end(): void {
    this.#process?.vanish();
    this.#process = undefined;
    for (const broken of [...this.connections]) broken();
    this.connections.clear();
  }
}

/** The disk takes nothing, or could not be opened: what it holds is not in question. */
function isOfDisk(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === 'STORE_FAILED' || String(code).startsWith('LEVEL_');
}
