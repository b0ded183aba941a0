import { type Cluster } from '../cluster/cluster';
import { eventually } from '../cluster/deadline';
import { type NodeProcess } from '../cluster/node-process';
import { type NodeLog, readLog } from './read-back';

interface Health {
  /** entries in the log */
  readonly sequence: number;
  /** taken here, not in the log yet */
  readonly pending: number;
}

const HEALTH_MS = 5_000;

/**
 * Waits until every node says the same sequence and holds nothing that is pending, then reads all logs whole.
 * Whether these are equal is the caller's to judge: this only waits for the nodes' word.
 */
export async function waitForAgreement(cluster: Cluster, deadlineMs: number): Promise<NodeLog[]> {
  await eventually('all nodes hold the same log and nothing is pending', deadlineMs, async () => {
    const states = await Promise.all(cluster.nodes.map((node) => healthOf(cluster, node)));
    const told = states.map(({ sequence, pending }) => `${sequence} (${pending} pending)`).join(', ');
    if (new Set(states.map(({ sequence }) => sequence)).size !== 1) throw new Error(told);
    if (states.some(({ pending }) => pending > 0)) throw new Error(told);
    return true;
  });
  return Promise.all(cluster.nodes.map((node) => readLog(cluster.http, node)));
}

export function healthOf(cluster: Cluster, node: NodeProcess): Promise<Health> {
  return cluster.http.json<Health>(`${node.url}/healthcheck`, { timeoutMs: HEALTH_MS });
}
