import { requireBuiltApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { runCrash } from './scenario';

describe('the crash loop, with four cycles', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start();
  });
  afterAll(() => cluster?.remove());

  it('keeps every answered entry once, in one order, through kill -9 of random nodes', async () => {
    const verdict = await runCrash({ cluster, cycles: 4, seed: 11 });
    expect(verdict).toMatchObject({ lost: 0, doubled: 0, orderEqual: true, faults: [], passed: true });
    expect(verdict.answered).toBeGreaterThan(50);
  });
});
