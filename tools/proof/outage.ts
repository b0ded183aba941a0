import { pause } from '../cluster/deadline';
import { type NodeProcess } from '../cluster/node-process';
import { between, type Random } from './random';

export interface Moments {
  /** how long the node runs before it is killed, ms */
  readonly upMs: readonly [number, number];
  /** how long it is away before it is started again, ms */
  readonly downMs: readonly [number, number];
}

/** SIGKILL at a random moment, a while of absence, and a restart on the same data; resolves when it is ready again. */
export async function killAndRestart(
  node: NodeProcess,
  random: Random,
  { upMs, downMs }: Moments,
): Promise<void> {
  await pause(between(random, ...upMs));
  await node.kill();
  await pause(between(random, ...downMs));
  await node.start();
}
