import { type Cluster } from '../cluster/cluster';
import { eventually } from '../cluster/deadline';
import { type NodeProcess } from '../cluster/node-process';
import { type Receipt } from '../proof/journal';

const READY_MS = 60_000;

/** POST /webhook of a JSON body; anything but 200 is an error. */
export function post(cluster: Cluster, node: NodeProcess, body: object): Promise<Receipt> {
  const headers = { 'content-type': 'application/json' };
  return cluster.http.json<Receipt>(`${node.url}/webhook`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
}

/** Waits until the master follows up every slave of the cluster. */
export async function healthyMembers(cluster: Cluster): Promise<void> {
  await eventually('all slaves are registered and HEALTHY', READY_MS, async () => {
    const { secondaries } = await cluster.http.json<{ secondaries: { health: string }[] }>(
      `${cluster.master.url}/secondaries`,
    );
    return (
      secondaries.length === cluster.slaves.length && secondaries.every(({ health }) => health === 'HEALTHY')
    );
  });
}
