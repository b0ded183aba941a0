import { type Cluster } from '../cluster/cluster';
import { conclude } from '../proof/conclude';
import { type Delivery, planDeliveries } from '../proof/deliveries';
import { Journal } from '../proof/journal';
import { killAndRestart } from '../proof/outage';
import { seeded } from '../proof/random';
import { Sender } from '../proof/sender';
import { type Verdict } from '../proof/verdict';

export interface DemoOptions {
  readonly cluster: Cluster;
  readonly bodies: readonly string[];
  readonly seed: number;
  readonly perSecond: number;
  /** what happens, for a progress line */
  readonly onPhase?: (phase: string, journal: Journal) => void;
}

const CONNECTIONS = 16;
const AGREE_MS = 60_000;
const MOMENTS = { upMs: [50, 400], downMs: [50, 400] } as const;

/**
 * Sends everything to the nodes of a running cluster and kills each node once while it does: the deliveries are
 * cut into as many slices as there are nodes, and during each slice one node is killed and started again.
 */
export async function runDemo({ cluster, bodies, seed, perSecond, onPhase }: DemoOptions): Promise<Verdict> {
  const random = seeded(seed);
  const journal = new Journal();
  const sender = new Sender({ cluster, journal, random });
  const names = cluster.nodes.map(({ name }) => name);
  const slices = cut(planDeliveries(bodies, names, random), cluster.nodes.length);
  for (const [index, node] of cluster.nodes.entries()) {
    onPhase?.(`kill -9 ${node.name}, and start it again`, journal);
    const sending = sender.deliverAll(slices[index] ?? [], { connections: CONNECTIONS, perSecond });
    await Promise.all([sending, killAndRestart(node, random, MOMENTS)]);
  }
  onPhase?.('waiting until all nodes agree', journal);
  return conclude(cluster, journal, random, AGREE_MS);
}

function cut(deliveries: readonly Delivery[], slices: number): Delivery[][] {
  const size = Math.ceil(deliveries.length / slices);
  return Array.from({ length: slices }, (_none, index) => deliveries.slice(index * size, (index + 1) * size));
}
