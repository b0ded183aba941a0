import type { OrderedLogOptions } from '../options';
import type { OrderedLog } from '../ordered-log';
import type { Database } from '../rows/database';

export interface Databases {
  readonly log: Database;
  readonly index: Database;
}

/** What an implementation brings to the suite. */
export interface Backend {
  /** A handle on a database. One whose earlier handle was closed has the rows that it had then. */
  database(name: string): Database;
  open(options: OrderedLogOptions): Promise<OrderedLog>;
}

export type PlaceOptions = Partial<Omit<OrderedLogOptions, 'log' | 'index'>>;

let places = 0;

/** A disk, and what a process does with it: open a log, stop it cleanly, or die. */
export class Place {
  databases: Databases | undefined;
  log: OrderedLog | undefined;
  readonly name = `place-${++places}`;

  constructor(
    private readonly backend: Backend,
    private readonly defaults: PlaceOptions = {},
  ) {}

  /** `indexOf`: another place, whose index is found here. */
  async open(options: PlaceOptions = {}, indexOf = this.name): Promise<OrderedLog> {
    this.databases = {
      log: this.backend.database(`${this.name}-log`),
      index: this.backend.database(`${indexOf}-index`),
    };
    const newStoreId = places.toString(16).padStart(16, '0');
    const given = { node: 'node', newStoreId, machineRun: 'run', ...this.defaults, ...options };
    this.log = await this.backend.open({ ...this.databases, ...given });
    return this.log;
  }

  /** As the writer. */
  async lead(options: PlaceOptions = {}): Promise<OrderedLog> {
    const log = await this.open(options);
    await log.lead();
    return log;
  }

  /** The process dies: no mark, no last words. */
  async crash(): Promise<void> {
    await this.log?.changed(AbortSignal.abort()).catch(() => undefined);
    await this.databases?.index.close();
    await this.databases?.log.close();
  }

  async restart(options: PlaceOptions = {}): Promise<OrderedLog> {
    await this.log?.close();
    return this.open(options);
  }

  async crashAndOpen(options: PlaceOptions = {}): Promise<OrderedLog> {
    await this.crash();
    return this.open(options);
  }
}
