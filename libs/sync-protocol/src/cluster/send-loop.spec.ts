import { TestCluster } from '../testing/cluster';

let cluster: TestCluster;
beforeEach(() => (cluster = new TestCluster()));
afterEach(() => cluster.closeAll());

it('what a follower has is told when the next records are on their way to it', async () => {
  const [master] = await cluster.startAll(1);
  const held = cluster.network.hold('master', 'slave-1', 'append');
  const { sequence } = await cluster.take(master, 'a');
  await cluster.settle();
  await cluster.take(master, 'b');
  const order: string[] = [];
  cluster.network.onRequest = (from) => void (from === 'master' && order.push('sent'));
  const told = master.cluster
    .replicated(sequence!, 'all', 60_000)
    .then(({ met }) => order.push(`met: ${met}`));
  held.release();
  await cluster.whilePassing(told);
  expect(order.slice(0, 2)).toEqual(['sent', 'met: true']);
});
