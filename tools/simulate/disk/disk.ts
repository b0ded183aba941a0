import type { Database } from '@hooklog/ordered-log';
import type { Dice } from '../world/dice';
import type { World } from '../world/world';
import { Conditions } from './conditions';
import { type Crash, Folder } from './folder';
import { openLevel } from './folder-level';

/** The databases of one process; after a crash they answer nothing more. */
export interface OpenedDisk {
  readonly log: Database;
  readonly index: Database;
  resetIndex(): Promise<void>;
}

/** A machine's disk with the two folders of a node. */
export class Disk {
  readonly conditions: Conditions;
  readonly log: Folder;
  readonly index: Folder;

  constructor(
    private readonly world: World,
    dice: Dice,
  ) {
    this.conditions = new Conditions(dice);
    this.log = new Folder(world, dice, this.conditions);
    this.index = new Folder(world, dice, this.conditions);
  }

  open(): OpenedDisk {
    const { log, index, conditions, world } = this;
    return {
      log: openLevel(log, conditions, world),
      index: openLevel(index, conditions, world),
      resetIndex: () => Promise.resolve(index.clear()),
    };
  }

  crash(kind: Crash): void {
    this.log.crash(kind);
    this.index.crash(kind);
  }

  wipe(): void {
    this.log.wipe();
    this.index.wipe();
  }
}
