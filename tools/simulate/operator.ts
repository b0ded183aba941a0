import type { Machine } from './cluster/machine';
import type { Statistics } from './statistics';
import type { World } from './world/world';

/** The person who promotes and demotes, by calls to one node at a time. */
export class Operator {
  constructor(
    private readonly world: World,
    private readonly machines: readonly Machine[],
    private readonly statistics: Statistics,
  ) {}

  /** Nodes that lead, by their own account. */
  get masters(): readonly Machine[] {
    return this.machines.filter(({ process }) => process?.cluster?.role === 'master');
  }

  /** The one that leads with a majority behind it. */
  get master(): Machine | undefined {
    return this.masters.find(({ process }) => process?.cluster?.leader?.committedOwn);
  }

  /** Resolves with whether it leads; never, when its process ends first. */
  async promote(machine: Machine): Promise<boolean> {
    const { process } = machine;
    if (process?.cluster === undefined) return false;
    machine.tell(() => 'is asked to lead');
    try {
      const { epoch, committed } = await process.cluster.promote();
      this.statistics.promotions++;
      machine.tell(() => `is promoted: epoch ${epoch}, ${committed ? 'committed' : 'not committed yet'}`);
      return committed;
    } catch (error) {
      machine.tell(() => `is not promoted: ${String(error)}`);
      return false;
    }
  }

  async demote(machine: Machine): Promise<void> {
    machine.tell(() => 'is asked to lead no longer');
    try {
      await machine.process?.cluster?.demote();
    } catch (error) {
      machine.tell(() => `is not demoted: ${String(error)}`);
    }
  }

  /** Until everything is well: promotes somebody while nobody leads, and the master where others listen to it no longer. */
  async lookAfter(pick: () => Machine, everyMs: number, isWell: () => boolean): Promise<void> {
    for (;;) {
      await this.world.sleep(everyMs);
      if (isWell()) continue;
      const { master } = this;
      if (master === undefined) void this.promote(pick());
      else if (master.process!.cluster!.leader!.fenced) void this.promote(master);
    }
  }
}
