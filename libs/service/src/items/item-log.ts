import { setTimeout as pause } from 'node:timers/promises';
import type { OrderedLog } from '@hooklog/ordered-log';
import type { Logger } from 'pino';
import { RequestError } from '../problem/request-error';
import { messageCandidate } from '../store/message-candidate';
import { becomeWriter, inCluster } from './become-writer';
import { GAP_LIMITS, GapBuffer, type GapLimits } from './gap-buffer';
import type { Item } from './item-body';
import { ITEM_EVENT_ID, ItemProgress } from './item-progress';

export interface ItemLogOptions {
  readonly log: OrderedLog;
  readonly now: () => number;
  readonly logger: Logger;
  /** whether a master of this log has accepted this node */
  readonly registered: () => boolean;
  readonly stop: AbortSignal;
  readonly limits?: GapLimits;
}

/** What became of an item. */
export interface TakenItem {
  readonly id: number;
  /** null: it waits for the items before it */
  readonly sequence: number | null;
  readonly duplicate: boolean;
  /** the first id that is not here: `GET /get-all` ends before it */
  readonly missing: number;
}

type Placed = Pick<TakenItem, 'sequence' | 'duplicate'>;

interface State {
  readonly gaps: GapBuffer;
  readonly progress: ItemProgress;
}

const RETRY_MS = 1_000;

/**
 * The items of an older master, in the order of their ids however they arrive: each is durable before it is answered,
 * and in the log, as a message with the event id `replicate-item/<id>`, once all before it are.
 */
export class ItemLog {
  private opened: Promise<State> | undefined;
  private turns: Promise<unknown> = Promise.resolve();
  private failing = false;
  private retrying = false;

  constructor(private readonly options: ItemLogOptions) {}

  /** Takes up what a stop or a failure interrupted: items that wait although none before them is missing. */
  async resume(): Promise<void> {
    if (await GapBuffer.isEmpty(this.options.log)) return;
    await this.inTurn(() => Promise.resolve()).catch((error: unknown) => this.failed(error));
  }

  /** Durable when it resolves. @throws RequestError IN_CLUSTER, ITEM_CONFLICT, OVERLOADED; what the log throws */
  async take(item: Item): Promise<TakenItem> {
    const taken = await this.inTurn((state) => this.place(state, item));
    const { progress } = await this.state();
    return { id: item.id, ...taken, missing: progress.last + 1 };
  }

  /** One item at a time, and then those that waited for it. */
  private inTurn<Result>(change: (state: State) => Promise<Result>): Promise<Result> {
    const { log, registered } = this.options;
    const result = this.turns.then(async () => {
      if (registered()) throw inCluster();
      await becomeWriter(log);
      const state = await this.state();
      const changed = await change(state);
      await this.drain(state).catch((error: unknown) => this.failed(error));
      return changed;
    });
    this.turns = result.catch(() => undefined);
    return result;
  }

  private async place({ gaps, progress }: State, item: Item): Promise<Placed> {
    if (item.id <= progress.last) return this.append(item);
    const waiting = await gaps.textOf(item.id);
    if (waiting !== undefined && !waiting.equals(item.text)) throw conflict(item);
    if (item.id > progress.last + 1) {
      if (waiting === undefined) await gaps.hold(item, progress.last + 1);
      return { sequence: null, duplicate: waiting !== undefined };
    }
    const placed = await this.append(item);
    await progress.advance();
    return placed;
  }

  /** One after the other: no item may get its place while the one before it could still be refused. */
  private async drain({ gaps, progress }: State): Promise<void> {
    for (;;) {
      const id = progress.last + 1;
      const text = await gaps.textOf(id);
      if (text === undefined) break;
      await this.append({ id, text });
      await progress.advance();
    }
    await gaps.dropThrough(progress.last);
    this.failing = false;
  }

  /** Of an item that the log has, this only finds out whether its text is the same. */
  private async append({ id, text }: Item): Promise<Placed> {
    const { log, now } = this.options;
    const eventId = ITEM_EVENT_ID + id;
    const candidate = messageCandidate(text, eventId, log.receivedAt(now()));
    const appended = await log.append(candidate);
    if (!appended.digest.equals(candidate.digest)) throw conflict({ id });
    return { sequence: appended.sequence, duplicate: appended.duplicate };
  }

  /** What waits is tried again until it has its place, unless a cluster has taken this node. Told once. */
  private failed(error: unknown): void {
    const { logger } = this.options;
    const reason = error instanceof Error ? error.message : String(error);
    if (!this.failing) logger.warn({ reason }, 'items wait although none before them is missing');
    this.failing = true;
    const taken = error instanceof RequestError && error.code === 'IN_CLUSTER';
    if (!taken && !this.retrying) this.retry();
  }

  private retry(): void {
    this.retrying = true;
    pause(RETRY_MS, undefined, { signal: this.options.stop, ref: false })
      .then(() => {
        this.retrying = false;
        return this.resume();
      })
      .catch(() => undefined);
  }

  private state(): Promise<State> {
    this.opened ??= this.open().catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  private async open(): Promise<State> {
    const { log, limits = GAP_LIMITS } = this.options;
    const progress = await ItemProgress.open(log);
    const gaps = await GapBuffer.open(log, limits);
    return { progress, gaps };
  }
}

function conflict({ id }: Pick<Item, 'id'>): RequestError {
  return new RequestError(
    'ITEM_CONFLICT',
    `Item ${id} is here with another text, and stays as it is: a master that began anew needs nodes that do.`,
  );
}
