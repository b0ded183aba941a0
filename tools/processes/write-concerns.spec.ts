import { requireBuiltApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { eventually } from '../cluster/deadline';
import type { NodeProcess } from '../cluster/node-process';
import { waitForAgreement } from '../proof/agreement';
import { ask, healthyMembers } from './requests';

const AGREE_MS = 60_000;
const SHORT = 'wtimeout=300';
const LONG = 'wtimeout=60000';
/** what the master notices a dead slave by: its own requests to it fail */
const NOTICED_MS = 30_000;

interface Outcome {
  readonly status: number;
  readonly code?: string;
  readonly sequence?: number | null;
  readonly replication?: { readonly acknowledged: number; readonly required: number };
}

describe('a write concern on three processes', () => {
  let cluster: Cluster;
  let written = 0;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start({ settings: { SYNC_INTERVAL_SECONDS: '0', HEALTHCHECK_SECONDS: '1' } });
    await healthyMembers(cluster);
  });
  afterAll(() => cluster?.remove());

  const write = async (query: string, body: object = { number: written }): Promise<Outcome> => {
    const { status, body: answer } = await ask(cluster, cluster.master, body, query);
    if (status === 200) written += 1;
    return { ...(JSON.parse(answer.toString()) as Outcome), status };
  };
  const slaves = (): [NodeProcess, NodeProcess] => cluster.slaves as [NodeProcess, NodeProcess];
  const untilReachable = (count: number) =>
    eventually(`${count} slaves are HEALTHY`, NOTICED_MS, async () => {
      const { secondaries } = await cluster.http.json<{ secondaries: { health: string }[] }>(
        `${cluster.master.url}/secondaries`,
      );
      return secondaries.filter(({ health }) => health === 'HEALTHY').length === count;
    });

  it.each([
    ['1', 1],
    ['2', 2],
    ['majority', 2],
    ['all', 3],
  ])('of %s is met while all are up', async (wc, required) => {
    const { status, replication } = await write(`wc=${wc}&${LONG}`);
    expect(status).toBe(200);
    expect(replication?.required).toBe(required);
    expect(replication?.acknowledged).toBeGreaterThanOrEqual(required);
  });

  it('of a majority is met while one is down, and all of them refuses before there is a sequence', async () => {
    await slaves()[0].kill();
    await untilReachable(1);
    expect(await write(`wc=majority&${LONG}`)).toMatchObject({ status: 200 });
    expect(await write(`wc=2&${LONG}`)).toMatchObject({ status: 200 });
    expect(await write(`wc=all&${LONG}`)).toMatchObject({ status: 503, code: 'CONCERN_UNREACHABLE' });
    expect(await write('wc=1')).toMatchObject({ status: 200, sequence: written });
  });

  it('of 1 is met while all are down, and more is refused or not met in time, and a retry joins it', async () => {
    const late = { late: true };
    slaves()[1].signal('SIGSTOP'); // alive for the master until its request has waited for too long
    expect(await write(`wc=majority&${SHORT}`, late)).toMatchObject({
      status: 504,
      code: 'CONCERN_TIMEOUT',
      sequence: written + 1,
    });
    const sequence = (written += 1);
    await slaves()[1].kill();
    await untilReachable(0);
    expect(await write(`wc=majority&${LONG}`)).toMatchObject({ status: 503, code: 'CONCERN_UNREACHABLE' });
    expect(await write('wc=1')).toMatchObject({ status: 200, sequence: written });

    await slaves()[1].start();
    await untilReachable(1);
    expect(await write(`wc=majority&${LONG}`, late)).toMatchObject({
      status: 200,
      sequence,
      duplicate: true,
    });
    written -= 1; // the retry is no entry of its own
  });

  it('leaves the same log everywhere when all are back', async () => {
    await slaves()[0].start();
    await untilReachable(2);
    expect(await write(`wc=all&${LONG}`)).toMatchObject({ status: 200 });
    const nodes = await waitForAgreement(cluster, AGREE_MS);
    expect(nodes.map(({ entries }) => entries)).toEqual([written, written, written]);
    expect(new Set(nodes.map(({ chain }) => chain)).size).toBe(1);
  });
});
