import type { World } from '../world/world';
import { type Caller, type Host, type Network, unreachable } from './network';

/** Chunks that may be on their way before the writer has to wait. */
const WINDOW = 8;

/**
 * A connection on which one side writes and the other reads, in order. It stalls when its network is cut, breaks when
 * a process ends, and is given up by each side after a silence.
 */
export class Stream implements AsyncIterableIterator<Buffer> {
  readonly #arrived: Buffer[] = [];
  readonly #gone = new AbortController();
  #reader: { resolve(result: IteratorResult<Buffer>): void; reject(error: Error): void } | undefined;
  #writers: (() => void)[] = [];
  #onWay = 0;
  #lastAt = 0;
  #stalled = false;
  #failure: { readonly error: Error } | undefined;
  #silence: () => void = () => undefined;

  constructor(
    private readonly world: World,
    private readonly network: Network,
    private readonly caller: Caller,
    private readonly host: Host<unknown>,
    private readonly silenceMs: number,
  ) {
    host.connections.add(this.break);
    this.#listen();
  }

  /** Aborted when nobody reads any longer. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when there is room for more. @throws AbortError once `gone` */
  async write(chunk: Buffer): Promise<void> {
    this.gone.throwIfAborted();
    const { dice, weather } = this.network;
    const at = Math.max(this.#lastAt, this.world.now + dice.longTail(weather.delayMs));
    this.#lastAt = at;
    this.#onWay++;
    this.world.after(at - this.world.now, () => this.#arrive(chunk));
    if (dice.chance(weather.cut)) this.world.after(at - this.world.now, () => this.#cut());
    if (this.#onWay < WINDOW) return;
    await new Promise<void>((resolve) => this.#writers.push(resolve));
    this.gone.throwIfAborted();
  }

  /** The writer is done with it, or gone: the reader finds the connection broken. */
  readonly break = (): void => this.#cut();

  /** @throws SyncError `PEER_UNREACHABLE` */
  next(): Promise<IteratorResult<Buffer>> {
    const chunk = this.#arrived.shift();
    if (chunk !== undefined) return Promise.resolve({ done: false, value: chunk });
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject }));
  }

  return(): Promise<IteratorResult<Buffer>> {
    this.close(unreachable(this.host, 'was left'));
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The reader goes; the writer hears of it if the network lets it, else by the silence. */
  close(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#fail(error);
    const leave = (): void => this.#leave();
    this.network.send(this.caller.name, this.host.name, leave, () => this.world.after(this.silenceMs, leave));
  }

  #arrive(chunk: Buffer): void {
    this.#onWay--;
    this.#stalled ||= this.network.isBlocked(this.host.name, this.caller.name);
    for (const writer of this.#writers.splice(0)) writer();
    if (this.caller.gone) return this.#leave();
    if (this.#stalled || this.#failure !== undefined) return;
    this.#listen();
    if (this.#reader === undefined) return void this.#arrived.push(chunk);
    this.#reader.resolve({ done: false, value: chunk });
    this.#reader = undefined;
  }

  #cut(): void {
    this.#leave();
    const { host, caller } = this;
    this.network.send(host.name, caller.name, () => this.#fail(unreachable(host, 'cut its stream')));
  }

  #listen(): void {
    this.#silence();
    this.#silence = this.world.after(this.silenceMs, () => {
      if (this.caller.gone) this.#leave();
      else this.close(unreachable(this.host, 'is silent'));
    });
  }

  #fail(error: Error): void {
    this.#failure ??= { error };
    this.#silence();
    if (this.caller.gone) return;
    this.#reader?.reject(error);
    this.#reader = undefined;
  }

  #leave(): void {
    this.host.connections.delete(this.break);
    if (!this.gone.aborted) this.#gone.abort();
    for (const writer of this.#writers.splice(0)) writer();
  }
}
