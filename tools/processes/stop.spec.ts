import { connect, type Socket } from 'node:net';
import { requireBuiltApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { eventually, within } from '../cluster/deadline';
import { type NodeProcess } from '../cluster/node-process';
import { readLog } from '../proof/read-back';
import { post } from './requests';

const BODY = JSON.stringify({ slow: true });

describe.each(['master', 'slave-1'])('%s, asked to stop by SIGTERM', (name) => {
  let cluster: Cluster;
  let node: NodeProcess;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start({ slaves: 1 });
    node = cluster.node(name);
  });
  afterAll(() => cluster?.remove());

  it('finishes the webhook that is arriving, refuses new ones with 503, and ends with 0', async () => {
    const slow = await beginPost(node);
    node.signal('SIGTERM');
    await eventually('the node says that it stops', 10_000, async () => {
      const { body } = await cluster.http.ask(`${node.url}/readyz`);
      return body.includes('STOPPING');
    });

    const ask = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"late":true}' };
    const refused = await cluster.http.ask(`${node.url}/webhook`, ask);
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.body.toString())).toMatchObject({ code: 'STOPPING' });
    expect(refused.headers['retry-after']).toBeDefined();

    const answer = await finishPost(slow);
    expect(answer).toContain('HTTP/1.1 200');
    expect(await within('the process ends', 30_000, node.exit)).toBe(0);

    await node.start();
    const { body } = await cluster.http.ask(`${node.url}/webhooks?limit=10`);
    expect(body.toString()).toContain(BODY);
    expect(body.toString()).not.toContain('late');
  });
});

describe('a node after kill -9', () => {
  let cluster: Cluster;
  beforeAll(async () => (cluster = await Cluster.start({ slaves: 0 })));
  afterAll(() => cluster?.remove());

  it('has every entry that it answered, and goes on from there', async () => {
    const numbers = Array.from({ length: 60 }, (_none, number) => number);
    const answers = await Promise.all(numbers.map((number) => post(cluster, cluster.master, { number })));
    await cluster.master.kill();
    await cluster.master.start();

    const kept = await readLog(cluster.http, cluster.master);
    expect(kept.faults).toEqual([]);
    expect(answers.every(({ digest }) => kept.byDigest.has(digest))).toBe(true);
    expect((await post(cluster, cluster.master, { after: true })).sequence).toBe(kept.entries + 1);
  });
});

/** Sends the head of a webhook and half of its body. */
async function beginPost(node: NodeProcess): Promise<Socket> {
  const { hostname, port } = new URL(node.url);
  const socket = connect(Number(port), hostname);
  const head = `POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n`;
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.write(`${head}expect: 100-continue\r\n\r\n`); // its "go on" proves that the node has the request
    socket.once('data', () => resolve());
  });
  socket.write(BODY.slice(0, 5));
  return socket;
}

async function finishPost(socket: Socket): Promise<string> {
  let text = '';
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.write(BODY.slice(5));
  await within('the slow webhook is answered', 20_000, ended);
  return text;
}
