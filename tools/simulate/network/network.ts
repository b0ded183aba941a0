import { SyncError } from '@hooklog/sync-protocol';
import type { Dice } from '../world/dice';
import type { World } from '../world/world';
import { FAIR, type Weather } from './weather';

const LATE_MS_MAX = 6000;

/** Who asks: a process, whose answers reach nobody once it is gone. */
export interface Caller {
  readonly name: string;
  readonly gone: boolean;
}

/** A machine on the network. Connections break when its process ends. */
export interface Host<Server> {
  readonly name: string;
  /** undefined: connections are refused */
  readonly server: Server | undefined;
  readonly connections: Set<() => void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** ms until no answer is a failure */
  readonly answerMs: number;
  /** The network does not repeat it: whoever asks wants to know what one request did. */
  readonly once?: boolean;
}

/** Messages between hosts: late, lost, doubled, and cut off from one another in either direction. */
export class Network {
  weather: Weather = FAIR;
  readonly #blocked = new Set<string>();

  constructor(
    private readonly world: World,
    readonly dice: Dice,
  ) {}

  /** Nothing of `from` reaches `to` any longer. */
  block(from: string, to: string): void {
    this.#blocked.add(`${from} ${to}`);
  }

  heal(): void {
    this.#blocked.clear();
  }

  isBlocked(from: string, to: string): boolean {
    return this.#blocked.has(`${from} ${to}`);
  }

  /** Calls `arrive` when the message is there, `lost` if it never will be. */
  send(from: string, to: string, arrive: () => void, lost: () => void = () => undefined): void {
    const { loss, late, delayMs } = this.weather;
    if (this.isBlocked(from, to) || this.dice.chance(loss)) return lost();
    const ms = this.dice.chance(late) ? this.dice.between(50, LATE_MS_MAX) : this.dice.longTail(delayMs);
    this.world.after(ms, () => (this.isBlocked(from, to) ? lost() : arrive()));
  }

  /**
   * One request and its answer.
   * @throws SyncError `PEER_UNREACHABLE`; what the server threw
   */
  call<Server, Answer>(
    caller: Caller,
    host: Host<Server>,
    ask: (server: Server) => Promise<Answer>,
    { signal, answerMs, once }: CallOptions,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        callOff();
        signal?.removeEventListener('abort', aborted);
        host.connections.delete(broken);
        if (!caller.gone) settle();
      };
      const fail = (error: Error): void => end(() => reject(error));
      const aborted = (): void => fail(signal?.reason as Error);
      const broken = (): void =>
        this.send(host.name, caller.name, () => fail(unreachable(host, 'broke off')));
      const callOff = this.world.after(answerMs, () => fail(unreachable(host, 'does not answer')));
      if (signal?.aborted) return aborted();
      signal?.addEventListener('abort', aborted);
      host.connections.add(broken);
      const back = (settle: () => void): void => this.send(host.name, caller.name, () => end(settle));
      const arrive = (): void => {
        if (host.server === undefined) return back(() => reject(unreachable(host, 'refuses connections')));
        ask(host.server).then(
          (answer) => back(() => resolve(answer)),
          (error: Error) => back(() => reject(error)),
        );
      };
      this.send(caller.name, host.name, arrive);
      if (once !== true && this.dice.chance(this.weather.doubled))
        this.send(caller.name, host.name, () => again(host, ask));
    });
  }
}

/** The same request once more; whoever would answer it finds the connection closed. */
function again<Server>({ server }: Host<Server>, ask: (server: Server) => Promise<unknown>): void {
  if (server !== undefined) ask(server).catch(() => undefined);
}

export function unreachable({ name }: { readonly name: string }, why: string): SyncError {
  return new SyncError('PEER_UNREACHABLE', `${name} ${why}`);
}
