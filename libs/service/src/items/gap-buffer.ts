import type { OrderedLog } from '@hooklog/ordered-log';
import { RequestError } from '../problem/request-error';
import type { Item } from './item-body';

export interface GapLimits {
  /** items behind a gap; more are refused as OVERLOADED */
  readonly waitingItemsMax: number;
  /** of their texts together */
  readonly waitingBytesMax: number;
}

export const GAP_LIMITS: GapLimits = { waitingItemsMax: 1024, waitingBytesMax: 64 * 1024 * 1024 };

const ROW = 'replicate-item/waiting/';

/** Items that wait for those before them: on the disk, in rows of the log's meta; in memory only their ids and sizes. */
export class GapBuffer {
  private readonly sizes = new Map<number, number>();
  private bytes = 0;

  private constructor(
    private readonly log: OrderedLog,
    private readonly limits: GapLimits,
  ) {}

  static async isEmpty(log: OrderedLog): Promise<boolean> {
    return (await log.metaNames(ROW)).length === 0;
  }

  static async open(log: OrderedLog, limits: GapLimits): Promise<GapBuffer> {
    const buffer = new GapBuffer(log, limits);
    for (const name of await log.metaNames(ROW)) {
      const text = await log.readMeta(name);
      if (text !== undefined) buffer.count(Number(name.slice(ROW.length)), text.length);
    }
    return buffer;
  }

  has(id: number): boolean {
    return this.sizes.has(id);
  }

  /** Durable when it resolves. @throws RequestError OVERLOADED */
  async hold({ id, text }: Item, missing: number): Promise<void> {
    const { waitingItemsMax, waitingBytesMax } = this.limits;
    if (this.sizes.size >= waitingItemsMax || this.bytes + text.length > waitingBytesMax) {
      throw new RequestError(
        'OVERLOADED',
        `${this.sizes.size} items of ${this.bytes} bytes wait for item ${missing}: send that one first.`,
        { members: { missing } },
      );
    }
    await this.log.writeMeta(nameOf(id), text);
    this.count(id, text.length);
  }

  /** undefined: it does not wait */
  async textOf(id: number): Promise<Buffer | undefined> {
    return this.has(id) ? this.log.readMeta(nameOf(id)) : undefined;
  }

  /** They have their places: nothing up to here waits any longer. */
  async dropThrough(last: number): Promise<void> {
    const placed = [...this.sizes.keys()].filter((id) => id <= last);
    await Promise.all(placed.map((id) => this.drop(id)));
  }

  private async drop(id: number): Promise<void> {
    await this.log.deleteMeta(nameOf(id));
    this.bytes -= this.sizes.get(id) ?? 0;
    this.sizes.delete(id);
  }

  private count(id: number, bytes: number): void {
    this.sizes.set(id, bytes);
    this.bytes += bytes;
  }
}

function nameOf(id: number): string {
  return ROW + id;
}
