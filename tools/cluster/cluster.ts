import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Role } from './build';
import { HttpClient } from './http-client';
import { Link } from './link';
import { NodeProcess } from './node-process';
import { freePort } from './ports';

export interface ClusterOptions {
  /** A folder for the nodes' data and logs; a temporary one unless given. */
  readonly dir?: string;
  readonly slaves?: number;
  /** Settings of every node. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The nodes reach one another over links, which can be cut. */
  readonly links?: boolean;
}

/** One secret for the nodes of a private cluster, so that their token check is used as in real life. */
const CLUSTER_SECRET = 'secret-of-a-private-cluster';
const SLAVES = 2;

/** A master and its slaves: real processes on free ports of their own. */
export class Cluster {
  private constructor(
    readonly dir: string,
    readonly http: HttpClient,
    readonly nodes: readonly NodeProcess[],
    private readonly links: ReadonlyMap<string, Link>,
  ) {}

  /** Starts all nodes at once and waits until each is ready; on failure nothing is left running. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = await Cluster.prepare(options);
    try {
      await Promise.all(cluster.nodes.map((node) => node.start()));
    } catch (error) {
      await cluster.kill();
      throw error;
    }
    return cluster;
  }

  /** The same without starting anything: ports and folders are chosen, no process runs. */
  static async prepare(options: ClusterOptions = {}): Promise<Cluster> {
    const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'hooklog-'));
    mkdirSync(dir, { recursive: true });
    const http = new HttpClient();
    const names = Array.from({ length: options.slaves ?? SLAVES }, (_none, index) => `slave-${index + 1}`);
    const ports = await Promise.all(['master', ...names].map(() => freePort()));
    const links = new Map<string, Link>();
    for (const [index, name] of (options.links ? ['master', ...names] : []).entries())
      links.set(name, await Link.start(ports[index] as number));
    const settings = {
      CLUSTER_SECRET,
      LOG_LEVEL: 'info',
      DISK_FREE_MIN_MIB: '0', // how full this machine is proves nothing
      MASTER_URL: links.get('master')?.url ?? `http://127.0.0.1:${ports[0]}`,
      ...options.settings,
    };
    const node = (role: Role, name: string, port: number): NodeProcess => {
      const link = links.get(name);
      const own = { ...settings, ...(link && { SELF_URL: link.url }) };
      const place = { dataDir: join(dir, name), onLine: toFile(dir, name) };
      return new NodeProcess({ role, name, port, settings: own, ...place }, http);
    };
    const slaves = names.map((name, index) => node('slave', name, ports[index + 1] as number));
    return new Cluster(dir, http, [node('master', 'master', ports[0] as number), ...slaves], links);
  }

  get master(): NodeProcess {
    return this.nodes[0] as NodeProcess;
  }

  get slaves(): readonly NodeProcess[] {
    return this.nodes.slice(1);
  }

  node(name: string): NodeProcess {
    const found = this.nodes.find((node) => node.name === name);
    if (!found) throw new Error(`no node is called ${name}`);
    return found;
  }

  /** This node and the others do not reach one another any longer; clients still reach all of them. */
  cutOff(name: string): void {
    for (const [node, link] of this.links) {
      if (node !== name) link.cut(name);
      else for (const other of this.nodes) link.cut(other.name);
    }
  }

  heal(): void {
    for (const link of this.links.values()) link.heal();
  }

  /** SIGTERM to all, slaves first; every exit code, in the order of `nodes`. */
  async stop(): Promise<(number | null)[]> {
    const codes = await Promise.all(this.nodes.map((node) => (node.running ? node.stop() : node.exit)));
    this.http.close();
    return codes;
  }

  async kill(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    this.http.close();
  }

  /** Kills what still runs and removes the folder. */
  async remove(): Promise<void> {
    await this.kill();
    await Promise.all([...this.links.values()].map((link) => link.close()));
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The whole output of a node beside its data: what is looked at after a failure. */
function toFile(dir: string, name: string): (line: string) => void {
  let written = Promise.resolve();
  return (line) => {
    written = written.then(() => appendFile(join(dir, `${name}.log`), `${line}\n`)).catch(() => undefined);
  };
}
