import { Cluster, portOf, untilVoting } from './testing/cluster';
import { eventually } from './testing/eventually';
import { type Disk, type Master, memoryDisk, type Slave } from './testing/nodes';
import { take } from './testing/webhooks';

const LONG_MS = 60_000;
const SHORT_MS = 20;

describe('a write concern', () => {
  const cluster = new Cluster();
  let master: Master;
  let one: Slave;
  let two: Slave;
  let diskOfTwo: Disk;
  const healthy = (count: number): Promise<unknown> =>
    eventually(
      () => master.replication.secondaries().filter(({ health }) => health === 'HEALTHY').length === count,
      `${count} members are healthy`,
    );

  beforeEach(async () => {
    master = await cluster.master({ limits: { concernWaitsMax: 2 } });
    diskOfTwo = memoryDisk();
    [one, two] = [await cluster.slave('slave-1'), await cluster.slave('slave-2', { disk: diskOfTwo })];
    await master.join(one);
    await master.join(two);
    await untilVoting(master, 2);
    await healthy(2);
  });
  afterEach(() => cluster.closeAll());

  const appended = async (text: string): Promise<number> => {
    await take(master.log, text, 1, Date.now());
    return master.log.tail.position.sequence;
  };

  it.each([
    [1, 1],
    [2, 2],
    ['majority', 2],
    [3, 3],
    ['all', 3],
  ] as const)('%s is met by acknowledgements', async (concern, required) => {
    expect(master.replication.reachable(concern)).toBe(true);
    const sequence = await appended('a');
    const state = await master.replication.replicated(sequence, concern, LONG_MS);
    expect(state).toMatchObject({ required, met: true });
    expect(state.acknowledged).toBeGreaterThanOrEqual(required);
    expect(master.replication.holders(sequence).length).toBeGreaterThanOrEqual(required);
  });

  it('beyond the members is refused', () => {
    const code = { code: 'CONCERN_TOO_LARGE' };
    expect(() => master.replication.reachable(4)).toThrow(expect.objectContaining(code));
  });

  it('of all fails while one is away, a majority does not; when it is back those who wait are told', async () => {
    const port = portOf(two);
    await cluster.close(two);
    await healthy(1);
    expect((['majority', 2, 'all', 3] as const).map((each) => master.replication.reachable(each))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    const sequence = await appended('a');
    expect(await master.replication.replicated(sequence, 'majority', LONG_MS)).toMatchObject({ met: true });
    expect(await master.replication.replicated(sequence, 'all', SHORT_MS)).toEqual({
      acknowledged: 2,
      required: 3,
      met: false,
      deposed: false,
    });
    expect(master.replication.holders(sequence)).toEqual(['master', 'slave-1']);
    const waiting = master.replication.replicated(sequence, 'all', LONG_MS);
    await cluster.slave('slave-2', { disk: diskOfTwo, port });
    expect(await waiting).toMatchObject({ acknowledged: 3, required: 3, met: true });
    expect(master.replication.waiting).toBe(0);
  });

  it('of all is met when the member that lacked is removed', async () => {
    await cluster.close(two);
    const sequence = await appended('a');
    const waiting = master.replication.replicated(sequence, 'all', LONG_MS);
    await eventually(() => master.replication.holders(sequence).includes('slave-1'), 'slave-1 has it');
    await master.replication.remove('slave-2');
    expect(await waiting).toMatchObject({ acknowledged: 2, required: 2, met: true });
  });

  it('does not count what a lost disk had acknowledged', async () => {
    const sequence = await appended('a');
    await master.replication.replicated(sequence, 'all', LONG_MS);
    const port = portOf(two);
    await cluster.close(two);
    expect(master.replication.holders(sequence)).toHaveLength(3);
    await cluster.slave('slave-2', { port });
    await eventually(
      () => master.replication.secondaries()[1]?.sequence === null,
      'the other disk is noticed',
    );
    expect(await master.replication.replicated(sequence, 'all', SHORT_MS)).toMatchObject({
      acknowledged: 2,
      met: false,
    });
  });

  it('whose client leaves is waited for no longer', async () => {
    await cluster.close(two);
    const client = new AbortController();
    const sequence = await appended('a');
    const waiting = master.replication.replicated(sequence, 'all', LONG_MS, client.signal);
    expect(master.replication.waiting).toBe(1);
    client.abort();
    expect(await waiting).toMatchObject({ met: false });
    expect(master.replication.waiting).toBe(0);
    expect(await master.replication.replicated(sequence, 'all', LONG_MS, client.signal)).toMatchObject({
      met: false,
    });
  });

  it('is waited for by a bounded number of requests, until stop', async () => {
    await cluster.close(two);
    const sequence = await appended('a');
    const wait = () => master.replication.replicated(sequence, 'all', LONG_MS);
    const waiting = [wait(), wait()];
    expect([master.replication.waiting, master.replication.crowded]).toEqual([2, true]);
    expect(await wait()).toMatchObject({ met: false });
    await master.replication.stop();
    expect(await Promise.all(waiting)).toMatchObject([{ met: false }, { met: false }]);
    expect(master.replication.waiting).toBe(0);
  });
});
