import type { OrderedLog } from '@hooklog/ordered-log';

export const ITEM_EVENT_ID = 'replicate-item/';
const MARK = 'replicate-item/mark';
/** Of the log; so many at most are read to find the last item again. */
const MARK_EVERY_ENTRIES = 1024;

interface Mark {
  /** all items up to it are in the log … */
  readonly id: number;
  /** … and none of them behind this */
  readonly sequence: number;
}

/** How far the log has all items: told by the log itself, from a mark on that lags behind. */
export class ItemProgress {
  private constructor(
    private readonly log: OrderedLog,
    private mark: Mark,
    private id: number,
  ) {}

  static async open(log: OrderedLog): Promise<ItemProgress> {
    const stored = await log.readMeta(MARK);
    const mark = stored === undefined ? { id: 0, sequence: 0 } : (JSON.parse(stored.toString()) as Mark);
    let { id } = mark;
    for await (const { eventId } of log.entries(mark.sequence))
      if (eventId === ITEM_EVENT_ID + (id + 1)) id += 1;
    return new ItemProgress(log, mark, id);
  }

  /** The last id of which all up to it are in the log; 0: none. */
  get last(): number {
    return this.id;
  }

  async advance(): Promise<void> {
    this.id += 1;
    const { sequence } = this.log.tail.position;
    if (sequence - this.mark.sequence < MARK_EVERY_ENTRIES) return;
    const mark = { id: this.id, sequence };
    await this.log.writeMeta(MARK, Buffer.from(JSON.stringify(mark)));
    this.mark = mark;
  }
}
