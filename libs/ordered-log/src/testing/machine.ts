import type { Databases } from '../conformance';
import { OrderedLog } from '../index';
import type { LogLimits } from '../limits';
import { BUSY } from './busy';
import { copyOf, emptyMemory } from './memory';

/** How a process ends: cleanly, by itself, or with the power. */
export type End = 'stop' | 'crash' | 'cut';

/** One of a few machines, with a log on a disk that outlives its process. After a power cut its logs are busy. */
export class Machine {
  databases: Databases = { log: emptyMemory(), index: emptyMemory() };
  log!: OrderedLog;
  #run = 0;

  /** @param leads whether the log leads again once it is open */
  constructor(
    readonly number: number,
    private readonly leads: (log: OrderedLog) => boolean,
    private readonly limits: Partial<LogLimits> = {},
  ) {}

  async open(): Promise<void> {
    this.log = await OrderedLog.open({
      ...this.databases,
      node: `n${this.number}`,
      newStoreId: `${this.number}`.repeat(16),
      machineRun: `${this.#run}`,
      limits: this.limits,
      ...(this.#run % 2 === 1 && BUSY),
    });
    if (this.leads(this.log)) await this.log.lead();
  }

  async again(how: End): Promise<void> {
    if (how === 'stop') await this.log.close();
    else
      this.databases = { log: await copyOf(this.databases.log), index: await copyOf(this.databases.index) };
    if (how === 'cut') this.#run++;
    await this.open();
  }
}
