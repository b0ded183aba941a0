import { OrderedLog } from '@hooklog/ordered-log';
import { ClusterNode, type ClusterLogger, type Ports } from '@hooklog/sync-protocol';
import { Link } from '../network/link';
import type { Caller } from '../network/network';
import type { Machine } from './machine';
import { NodeServer } from './node-server';

/** A follower that hears of no master for so long may have been forgotten. */
const UNHEARD_MS_MAX = 3000;

const RECOVER_MS = 1000;

/** One run of a node's process on its machine: what `main` of a real one does, over simulated ports. */
export class Process implements Caller {
  readonly name: string;
  gone = false;
  server: NodeServer | undefined;
  log: OrderedLog | undefined;
  cluster: ClusterNode | undefined;
  readonly #timers = new Set<() => void>();
  #starting: Promise<void> = Promise.resolve();

  constructor(
    private readonly machine: Machine,
    private readonly first: 'master' | 'slave',
  ) {
    this.name = machine.name;
  }

  /** Resolves when it serves. @throws what the log throws that cannot be opened */
  start(): Promise<void> {
    this.#starting = this.#begin();
    return this.#starting;
  }

  async #begin(): Promise<void> {
    const { machine } = this;
    const { settings, bootId } = machine;
    const newStoreId = machine.dice.hex(16);
    const log = await OrderedLog.open({
      ...machine.disk.open(),
      node: this.name,
      newStoreId,
      machineRun: bootId,
      limits: settings.log,
    });
    this.log = log;
    this.#watchCommits(log);
    const { url } = machine;
    const options = { log, url, first: this.first, collect: true, limits: settings.cluster };
    const cluster = await ClusterNode.start({ ...options, ports: this.ports, logger: this.#logger() });
    this.cluster = cluster;
    this.server = new NodeServer(machine, this, log, cluster);
    machine.tell(() => `serves as ${cluster.role}`);
    void this.#register(cluster);
    void this.#recover(log);
  }

  /** Finishes what was begun and taken; nothing reaches anybody after it. */
  async stop(): Promise<void> {
    this.server = undefined;
    await this.#starting.catch(() => undefined);
    this.server = undefined;
    await this.cluster?.stop();
    await this.log?.close();
    this.vanish();
  }

  vanish(): void {
    this.gone = true;
    this.server = undefined;
    for (const callOff of this.#timers) callOff();
    this.#timers.clear();
  }

  /** Calls back in this process's time, unless it is gone. */
  after(ms: number, run: () => void): () => void {
    if (this.gone) return () => undefined;
    const cancel = (): void => {
      callOff();
      this.#timers.delete(cancel);
    };
    const callOff = this.machine.world.after(this.machine.clock.worldMs(ms), () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
    return cancel;
  }

  get ports(): Ports {
    const { machine } = this;
    return {
      now: () => machine.clock.now(),
      elapsed: () => machine.clock.elapsed(),
      random: () => machine.dice.unit(),
      after: (ms, run) => this.after(ms, run),
      defer: (run) => void this.after(0, run),
      connect: ({ url }) =>
        new Link(machine.world, machine.network, this, machine.neighbour(url), machine.settings.link),
    };
  }

  /** A node says to whoever leads that it is there: after it started, and when no master has spoken to it for a while. */
  async #register(cluster: ClusterNode): Promise<void> {
    const { machine } = this;
    const { name: node, url } = machine;
    const { store } = this.log!;
    for (let told = false; ;) {
      await new Promise<void>((resolve) => this.after(machine.dice.between(200, 600), resolve));
      if (cluster.role === 'master') told = true;
      if (told && (cluster.role === 'master' || this.#isFollowing)) continue;
      const known = cluster.master && machine.neighbour(cluster.master.url);
      const host =
        known !== undefined && machine.dice.chance(0.7) ? known : machine.dice.pick(machine.neighbours);
      const options = { answerMs: machine.settings.link.answerMs };
      await machine.network
        .call(this, host, (server) => server.register({ node, store, url }), options)
        .then(() => (told = true))
        .catch((error: unknown) => machine.tell(() => `is not registered: ${String(error)}`));
    }
  }

  /** What the readiness check of a real node does: a store that failed opens anew when the disk lets it. */
  async #recover(log: OrderedLog): Promise<void> {
    for (;;) {
      await new Promise<void>((resolve) => this.after(RECOVER_MS, resolve));
      await log.recover().catch(() => undefined);
    }
  }

  /** A master has found this node's log well not long ago. */
  get #isFollowing(): boolean {
    const heardAt = this.server?.followedAt;
    return heardAt !== undefined && this.machine.clock.elapsed() - heardAt < UNHEARD_MS_MAX;
  }

  /** The moment at which something becomes committed is when the members of that moment matter. */
  #watchCommits(log: OrderedLog): void {
    const commit = log.commit.bind(log);
    log.commit = (position) => {
      commit(position);
      const { committed, members, health } = log;
      // behind a failed write the disk may have a record about members that nobody knows of yet
      this.machine.checked(() =>
        this.machine.observer.onCommit(this.name, committed, members, health === 'failed'),
      );
    };
  }

  #logger(): ClusterLogger {
    const tell = (fields: object, line: string): void =>
      this.machine.tell(() => `${line} ${JSON.stringify(fields)}`);
    return { debug: tell, info: tell, warn: tell, error: tell };
  }
}
