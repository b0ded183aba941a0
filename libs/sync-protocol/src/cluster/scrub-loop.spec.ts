import { isVoter, TestCluster, type TestNode, textsOf } from '../testing/cluster';
import { damage } from '../testing/disk';
import { at } from '../testing/histories';

let cluster: TestCluster;
beforeEach(() => (cluster = new TestCluster()));
afterEach(() => cluster.closeAll());

type Three = [TestNode, TestNode, TestNode];

async function three(): Promise<Three> {
  const nodes = (await cluster.startAll(2)) as Three;
  await cluster.takeMany(nodes[0], 9, 'a');
  await cluster.untilEqual(...nodes);
  return nodes;
}

async function isWhole({ log }: TestNode): Promise<boolean> {
  return (await log.scrub(at(0))).damaged.length === 0;
}

function told({ logger }: TestNode, what: string): boolean {
  return logger.lines.some(({ line }) => line.includes(what));
}

describe('the scrub', () => {
  it.each(['master', 'slave-1'])('repairs a damaged record of %s from a peer', async (name) => {
    const nodes = await three();
    const node = cluster.node(name);
    await damage(node.disk, at(4));
    await cluster.until(() => told(node, 'was repaired from'), 'repaired');
    expect(await isWhole(node)).toBe(true);
    expect(await textsOf(node)).toEqual(await textsOf(nodes[2]));
  });

  it('repairs records behind one another, and the first one', async () => {
    const [, one, two] = await three();
    for (const place of [at(0, 1), at(5), at(6), at(7)]) await damage(one.disk, place);
    await cluster.pass(10 * 60_000);
    expect(await isWhole(one)).toBe(true);
    expect(await textsOf(one)).toEqual(await textsOf(two));
  });

  it('asks the next peer where one is away', async () => {
    const [master, one] = await three();
    cluster.network.cut(one.name, 'master');
    await damage(one.disk, at(4));
    await cluster.until(() => told(one, 'was repaired from slave-2'), 'repaired');
    expect(await isWhole(one)).toBe(true);
    expect(isVoter(master, one)).toBe(true);
  });

  it('makes a node that nobody repairs a learner, which votes again once it is whole', async () => {
    const [master, one, two] = await three();
    for (const peer of ['master', two.name]) cluster.network.hold(one.name, peer, 'records');
    await damage(one.disk, at(4));
    await cluster.until(() => !isVoter(master, one), 'a learner');
    expect(one.logger.of('error').join()).toContain('no peer could repair it');
    const request = { store: one.log.store, epoch: 0x1_0000, candidate: two.log.store, dry: false };
    expect(await one.cluster.answerPromise(request)).toMatchObject({ granted: false, incomplete: true });
    const { position } = master.log.tail;
    await cluster.pass(10 * 60_000);
    expect(master.log.tail.position).toEqual(position); // nobody changes the members over and over
    cluster.network.heal();
    await cluster.until(() => isVoter(master, one), 'a voter again');
    expect(await isWhole(one)).toBe(true);
    await cluster.untilEqual(master, one, two);
  });
});
