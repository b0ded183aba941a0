import { comparePositions, type OrderedLog } from '@hooklog/ordered-log';
import { eventually } from './eventually';
import {
  type Master,
  type MasterOptions,
  type Slave,
  type SlaveOptions,
  startMaster,
  startSlave,
} from './nodes';

/** The nodes of one test; closes what is still open after it. */
export class Cluster {
  private readonly open: { close(): Promise<void> }[] = [];

  async master(options: MasterOptions = {}): Promise<Master> {
    return this.keep(await startMaster(options));
  }

  async slave(name = 'slave-1', options: SlaveOptions = {}): Promise<Slave> {
    return this.keep(await startSlave(name, options));
  }

  keep<T extends { close(): Promise<void> }>(node: T): T {
    this.open.push(node);
    return node;
  }

  async close(node: { close(): Promise<void> }): Promise<void> {
    this.open.splice(this.open.indexOf(node), 1);
    await node.close();
  }

  async closeAll(): Promise<void> {
    for (const node of this.open.splice(0).reverse()) await node.close();
  }
}

export async function untilEqual(one: OrderedLog, ...others: OrderedLog[]): Promise<void> {
  const isEqual = (other: OrderedLog): boolean =>
    other.tail.chain.equals(one.tail.chain) && other.pendingEntries === 0;
  await eventually(() => others.every(isEqual), 'equal chains, nothing pending');
}

/** Members begin as learners: until so many others count in quorums and write concerns, and a majority knows it. */
export async function untilVoting({ log, replication }: Master, others: number): Promise<void> {
  const isCommitted = (): boolean => comparePositions(log.membersAt, log.committed) <= 0;
  const voting = (): boolean =>
    replication.secondaries().filter((each) => each.voting).length === others && isCommitted();
  await eventually(voting, `${others} other members are voters`);
}

export function portOf({ site }: Slave): number {
  return Number(new URL(site.url).port);
}
