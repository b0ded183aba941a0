import { requireBuiltApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { RECONCILE_ALONE } from '../cluster/one-way';
import { exampleBodies } from '../proof/examples';
import { seeded, shuffled } from '../proof/random';
import { runDemo } from './scenario';

describe.each([
  ['collecting', {}],
  ['reconciling alone', RECONCILE_ALONE],
])('the demo, with 60 of its webhooks, %s', (_way, settings) => {
  let cluster: Cluster;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start({ settings });
  });
  afterAll(() => cluster?.remove());

  it('loses nothing, doubles nothing and ends with one order, though each node is killed once', async () => {
    const bodies = shuffled(seeded(2), exampleBodies()).slice(0, 60);
    const verdict = await runDemo({ cluster, bodies, seed: 2, perSecond: 60 });
    expect(verdict).toMatchObject({ lost: 0, doubled: 0, orderEqual: true, faults: [], unanswered: 0 });
    expect(Object.values(verdict.stored)).toEqual([verdict.distinct, verdict.distinct, verdict.distinct]);
    expect(verdict.answered).toBe(verdict.sent);
  });
});
