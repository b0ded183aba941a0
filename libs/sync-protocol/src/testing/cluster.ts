import type { Appended, OrderedLog } from '@hooklog/ordered-log';
import type { ClusterLogger } from '../cluster/cluster-logger';
import { ClusterNode, type ClusterNodeOptions, type Role } from '../cluster/cluster-node';
import type { ClusterLimits } from '../cluster/limits';
import { ManualClock } from './clock';
import { copyOf, type Disk, memoryDisk, openLog } from './disk';
import { Network } from './network';
import { seeded } from './random';
import { webhook } from './webhooks';

export const LIMITS: ClusterLimits = {
  retryMinMs: 100,
  retryMaxMs: 1000,
  pageBytesMax: 4000,
  pageEntriesMax: 7,
  batchBytesMax: 100_000,
  batchRecordsMax: 16,
  messageBytesMax: 100_000,
  slavesMax: 8,
  concernWaitsMax: 8,
  heartbeatMs: 1000,
  streamHeartbeatMs: 3000,
  divergedRetryMs: 5000,
  learnerLagMax: 4,
  promiseMs: 2000,
  promotionMs: 10_000,
  scrubPauseMs: 60_000,
};
const PATIENCE_MS = 10 * 60_000;
const STEP_MS = 50;

export interface StartOptions extends Partial<
  Pick<ClusterNodeOptions, 'first' | 'collect' | 'admit' | 'url'>
> {
  readonly disk?: Disk;
  readonly limits?: Partial<ClusterLimits>;
}

/** Lines for operators, for specs about them. */
export class Lines implements ClusterLogger {
  readonly lines: { readonly level: string; readonly fields: object; readonly line: string }[] = [];
  debug = (fields: object, line: string): void => void this.lines.push({ level: 'debug', fields, line });
  info = (fields: object, line: string): void => void this.lines.push({ level: 'info', fields, line });
  warn = (fields: object, line: string): void => void this.lines.push({ level: 'warn', fields, line });
  error = (fields: object, line: string): void => void this.lines.push({ level: 'error', fields, line });

  of(level: string): string[] {
    return this.lines.filter((one) => one.level === level).map(({ line }) => line);
  }
}

export interface TestNode {
  readonly name: string;
  readonly url: string;
  readonly disk: Disk;
  readonly log: OrderedLog;
  readonly cluster: ClusterNode;
  readonly logger: Lines;
  /** as `onRole` told */
  readonly roles: readonly Role[];
  readonly options: StartOptions;
}

/** Real nodes with memory for disks, joined by a network that fails when it should, in a time that the test passes. */
export class TestCluster {
  readonly clock = new ManualClock();
  readonly network = new Network(this.clock.after);
  private readonly random = seeded(1);
  private readonly nodes = new Map<string, TestNode>();

  /** A node with a disk of its own, an empty one unless one is given. */
  async start(name: string, options: StartOptions = {}): Promise<TestNode> {
    const {
      disk = memoryDisk(),
      limits,
      first = 'slave',
      collect = true,
      url = `http://${name}`,
      admit,
    } = options;
    const log = await openLog(name, disk);
    const logger = new Lines();
    const roles: Role[] = [];
    const { now, elapsed, after, defer } = this.clock;
    const connect = (peer: { readonly url: string }): ReturnType<Network['connect']> =>
      this.network.connect(name, peer.url);
    const cluster = await ClusterNode.start({
      ...{ log, url, first, collect, logger, limits: { ...LIMITS, ...limits } },
      ...(admit && { admit }),
      ports: { now, elapsed, after, defer, random: this.random, connect },
      onRole: (role) => void roles.push(role),
    });
    const node = { name, url, disk, log, cluster, logger, roles, options };
    this.nodes.set(name, node);
    this.network.place(url, node);
    return node;
  }

  node(name: string): TestNode {
    const node = this.nodes.get(name);
    if (!node) throw new Error(`no node is called ${name}`);
    return node;
  }

  /** A master and slaves that are voters, all with the same log. */
  async startAll(slaves: number, options: StartOptions = {}): Promise<[TestNode, ...TestNode[]]> {
    const master = await this.start('master', { ...options, first: 'master' });
    const others: TestNode[] = [];
    for (let i = 1; i <= slaves; i += 1) others.push(await this.start(`slave-${i}`, options));
    for (const slave of others) await this.join(master, slave);
    await this.untilEqual(master, ...others);
    return [master, ...others];
  }

  /** Registers a node, and waits until it is a voter of a committed list. */
  async join(master: TestNode, slave: TestNode): Promise<void> {
    await master.cluster.register(registrationOf(slave));
    await this.until(() => isVoter(master, slave), `${slave.name} is a voter`);
    await this.until(() => isCommitted(master), 'its vote is committed');
  }

  async stop({ name, url, cluster, log }: TestNode): Promise<void> {
    this.network.remove(url);
    await cluster.stop();
    await log.close();
    this.nodes.delete(name);
  }

  /** The same disk, a new process. */
  async restart(node: TestNode, options: StartOptions = {}): Promise<TestNode> {
    await this.stop(node);
    return this.start(node.name, { ...node.options, disk: node.disk, ...options });
  }

  /** As `restart`, but the process died: it left no clean-stop mark. */
  async crash(node: TestNode): Promise<TestNode> {
    const disk = await copyOf(node.disk);
    await this.stop(node);
    return this.start(node.name, { ...node.options, disk });
  }

  async closeAll(): Promise<void> {
    this.network.heal();
    for (const node of [...this.nodes.values()]) await this.stop(node);
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }

  pass(ms: number): Promise<void> {
    return this.clock.pass(ms);
  }

  /** Passes time until something holds; fails after ten minutes of it. */
  async until(check: () => boolean, what: string): Promise<void> {
    await this.settle();
    for (let ms = 0; !check(); ms += STEP_MS) {
      if (ms > PATIENCE_MS) throw new Error(`did not happen: ${what}`);
      await this.pass(STEP_MS);
    }
  }

  /** Equal chains, all committed, nothing pending. */
  async untilEqual(...nodes: readonly TestNode[]): Promise<void> {
    const [one] = nodes as [TestNode];
    const isEqual = ({ log }: TestNode): boolean =>
      log.pendingEntries === 0 && log.tail.chain.equals(one.log.tail.chain) && isCommitted({ log });
    await this.until(() => nodes.every(isEqual), `${nodes.map(({ name }) => name).join(', ')} are equal`);
  }

  /** Resolves with what a promise comes to while time passes. */
  async whilePassing<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const done = promise.finally(() => (over = true));
    done.catch(() => undefined);
    await this.until(() => over, 'an answer');
    return done;
  }

  /** A webhook is taken by a node. */
  take({ log }: TestNode, text: string): Promise<Appended> {
    return log.append(webhook(text, log.receivedAt(this.clock.now())));
  }

  async takeMany(node: TestNode, count: number, prefix: string): Promise<void> {
    for (let i = 0; i < count; i += 1) await this.take(node, `${prefix} ${i}`);
  }
}

export function registrationOf({ name, log, url }: TestNode): { node: string; store: string; url: string } {
  return { node: name, store: log.store, url };
}

export function isVoter({ log }: TestNode, other: TestNode): boolean {
  return log.members.some(({ store, voting }) => voting && store === other.log.store);
}

/** Whether a node knows all of its log as committed. */
export function isCommitted({ log }: Pick<TestNode, 'log'>): boolean {
  const { committed, tail } = log;
  return committed.sequence === tail.position.sequence && committed.n === tail.position.n;
}

/** The texts of a node's log, in its order. */
export async function textsOf({ log }: TestNode): Promise<string[]> {
  const texts: string[] = [];
  for await (const { body } of log.entries(0))
    texts.push((JSON.parse(body.toString()) as { text: string }).text);
  return texts;
}
