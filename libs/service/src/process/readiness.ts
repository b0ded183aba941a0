import type { OrderedLog } from '@hooklog/ordered-log';
import type { Overload } from '../http/overload';
import type { DiskGuard } from '../store/disk-guard';
import type { Stop } from './stop';

/** Something is wrong with a node. The code is stable; the detail is for people. */
export interface Trouble<Code extends string = string> {
  readonly code: Code;
  readonly detail: string;
}

export type Refusing = (typeof REFUSING)[number];

/** While any of these lasts a node takes no webhooks. */
export const REFUSING = ['STOPPING', 'STORE_FAILED', 'DISK_FULL', 'OVERLOADED'] as const;

export interface ReadinessOptions {
  readonly log: Pick<OrderedLog, 'health' | 'recover'>;
  readonly disk: DiskGuard;
  readonly overload: Overload;
  readonly stop: Stop;
}

/** Whether a node takes webhooks, and if not, why: one reason for each thing that is wrong. */
export class Readiness {
  constructor(private readonly options: ReadinessOptions) {}

  /** As it is known: asks neither the disk nor the store. */
  get reasons(): Trouble<Refusing>[] {
    const { log, disk, overload, stop } = this.options;
    const { strain } = overload;
    const floorMib = Math.ceil(disk.floorBytes / 1024 / 1024);
    const details: Readonly<Record<Refusing, string | undefined>> = {
      STOPPING: stop.stopping ? 'It is stopping.' : undefined,
      STORE_FAILED:
        log.health === 'ok'
          ? undefined
          : 'The store could not be written and does not open: its disk refuses. The log of this node tells why.',
      DISK_FULL: disk.full ? `The disk has less than ${floorMib} MiB left.` : undefined,
      OVERLOADED: strain,
    };
    return REFUSING.flatMap((code) => {
      const detail = details[code];
      return detail === undefined ? [] : [{ code, detail }];
    });
  }

  /** The same after a look. Nobody sends webhooks to an unready node, so that none would make a failed store open anew. */
  async ask(): Promise<Trouble<Refusing>[]> {
    const { log, disk } = this.options;
    await disk
      .admit()
      .then(() => log.recover())
      .catch(() => undefined);
    return this.reasons;
  }
}
