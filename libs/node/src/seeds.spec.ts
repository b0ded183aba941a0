import type { RunningNode } from './start';
import { type Answer, curl, exchange } from './testing/curl';
import {
  eventually,
  memoryStore,
  quiet,
  startMemoryMaster,
  startMemorySlave,
  untilVoting,
} from './testing/memory-cluster';

jest.setTimeout(30_000);

/** What the READMEs of older systems tell their users to type, and what these then read. */

const API_KEY = 'hog32422of24gr5t';
const DIGEST = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';

let master: RunningNode;
let slaves: RunningNode[] = [];
const masterStore = { current: memoryStore('00000000000000aa') };

async function startCluster(settings: Record<string, string> = {}): Promise<void> {
  masterStore.current = memoryStore('00000000000000aa');
  master = await startMemoryMaster(settings, masterStore.current);
  const MASTER_URL = `http://127.0.0.1:${master.port}`;
  const slave = (i: number) =>
    startMemorySlave({ ...settings, MASTER_URL, NODE_ID: `slave-${i}` }, memoryStore(`00000000000000b${i}`));
  slaves = await Promise.all([slave(1), slave(2)]);
  await untilVoting(master, 2);
}
const stopCluster = () => Promise.all([...slaves.splice(0), master].map(({ stop }) => stop.run(0, quiet)));

const jsonOf = ({ body }: Answer): unknown => JSON.parse(body);

describe('the replicated log', () => {
  beforeEach(() => startCluster());
  afterEach(stopCluster);

  /** the master on 8080, two sentinels on 8081 and 8082 */
  const run = (line: string) =>
    curl(line, (port) => [master, ...slaves].map((node) => node.port)[port - 8080] ?? 0);

  it('shows on every node what was inserted, in this order', async () => {
    for (const line of [
      `curl -X POST http://localhost:8080/insert -d '{"message": "1"}'`,
      `curl -X POST http://localhost:8080/insert -d '{"message": "2"}'`,
      `curl -X POST http://localhost:8080/insert -d '{"message": "3"}'`,
    ])
      expect((await run(line)).status).toBe(200);
    for (const line of [
      'curl http://localhost:8080/get-all',
      'curl http://localhost:8081/get-all',
      'curl http://localhost:8082/get-all',
    ])
      expect(await run(line)).toEqual({ status: 200, body: '["1","2","3"]' });
  });

  it('takes the write concern of its later version, which counts the master', async () => {
    const insert = (message: string, writeConcern: number) =>
      run(
        `curl -X POST http://localhost:8080/insert -d '{"message": "${message}", "writeConcern": ${writeConcern}}'`,
      );
    expect(jsonOf(await insert('1', 3))).toMatchObject({ replication: { acknowledged: 3, required: 3 } });
    expect(jsonOf(await insert('2', 2))).toMatchObject({ replication: { required: 2 } });
    expect(jsonOf(await insert('3', 0))).toMatchObject({ replication: { required: 3 } });
    expect((await insert('4', 4)).status).toBe(400);
    await stopSlaves();
    expect((await insert('5', 1)).status).toBe(200);
  });

  const stopSlaves = () => Promise.all(slaves.splice(0).map(({ stop }) => stop.run(0, quiet)));
});

describe('a sentinel of a replicated log whose master is the older one', () => {
  let sentinel: RunningNode;
  beforeEach(async () => {
    sentinel = await startMemorySlave({ MASTER_URL: 'http://127.0.0.1:9' });
  });
  afterEach(() => sentinel.stop.run(0, quiet));

  /** As Go's `http.Post` writes it. */
  const replicate = (body: string) =>
    exchange(
      sentinel.port,
      [
        'POST /replicate-item HTTP/1.1',
        `Host: localhost:${sentinel.port}`,
        'User-Agent: Go-http-client/1.1',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Content-Type: application/json',
        'Accept-Encoding: gzip',
        '',
        body,
      ].join('\r\n'),
    );
  const all = async () => jsonOf(await curl('curl http://localhost:8081/get-all', () => sentinel.port));

  it('shows items in the order of their ids, and none behind a gap', async () => {
    expect((await replicate('{"id":2,"value":"two","timestamp":1700000000002}')).status).toBe(201);
    expect(await all()).toEqual([]);
    expect((await replicate('{"id":1,"value":"one","timestamp":1700000000001}')).status).toBe(201);
    expect((await replicate('{"id":1,"value":"one","timestamp":1700000000001}')).status).toBe(201);
    expect(await all()).toEqual(['one', 'two']);
  });

  it('reads the names as its first version wrote them', async () => {
    const answer = await replicate('{"Id":1,"Value":"\\u003cone\\u003e","Timestamp":1700000000001}');
    expect(answer.status).toBe(201);
    expect(await all()).toEqual(['<one>']);
  });
});

describe('the write-concern service', () => {
  beforeEach(() => startCluster({ API_KEY, CLUSTER_SECRET: 'secret-of-the-cluster' }));
  afterEach(stopCluster);

  const run = (line: string, { port } = master as { port: number }) =>
    curl(line.replaceAll('[API_KEY]', API_KEY), () => port);
  const put = (wc: string) =>
    run(
      `curl -X PUT http://127.0.0.1:8000/messages${wc} \\
-H "x-token: [API_KEY]" \\
-H "Content-Type: application/json" \\
-d '{"message":"hello world"}'`,
    );
  const get = (path: string, node?: { port: number }) =>
    run(
      `curl -X GET http://127.0.0.1:8000${path} \\
-H "x-token: [API_KEY]"`,
      node,
    );

  const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;
  const message = (message_id: number, registered_to: unknown) => ({
    message: 'hello world',
    meta: { message_id, registered_at: expect.stringMatching(TIME), registered_to },
  });

  it('answers a message with its number, its time, and the nodes that have it', async () => {
    const answer = await put('?wc=1');
    expect(answer.status).toBe(200);
    expect(jsonOf(answer)).toMatchObject(message(1, expect.arrayContaining(['master'])));
    expect(jsonOf(await put('?wc=3'))).toMatchObject(message(2, ['master', 'slave-1', 'slave-2']));
  });

  it('waits for a quorum when nobody asks for a number', async () => {
    const shown = jsonOf(await put('')) as { meta: { registered_to: string[] } };
    expect(shown.meta.registered_to.length).toBeGreaterThanOrEqual(2);
    expect((await put('?wc=4')).status).toBe(400);
    await Promise.all(slaves.splice(0).map(({ stop }) => stop.run(0, quiet)));
    await eventually(() => master.replication.secondaries().every(({ health }) => health !== 'HEALTHY'));
    expect((await put('')).status).toBe(503);
    expect((await put('?wc=1')).status).toBe(200);
  });

  it('takes the concern in the path, too', async () => {
    const answer = await run(
      `curl -X POST http://127.0.0.1:8000/messages/2 -H "x-token: [API_KEY]" -H "Content-Type: application/json" -d '{"message":"hello world"}'`,
    );
    expect(answer.status).toBe(200);
    expect(jsonOf(answer)).toMatchObject(message(1, expect.arrayContaining(['master'])));
  });

  it('lists the messages of each node', async () => {
    await put('?wc=3');
    await put('?wc=3');
    for (const node of [master, ...slaves]) {
      const answer = await get('/messages', node);
      expect(answer.status).toBe(200);
      const holders = node === master ? ['master', 'slave-1', 'slave-2'] : [node.log.node];
      expect(jsonOf(answer)).toMatchObject({ data: [message(1, holders), message(2, holders)] });
    }
  });

  it('lists the secondaries, and tells who is not reached and since when', async () => {
    const entry = (slave: RunningNode, status: number) => ({
      id: slave.log.node,
      host: '127.0.0.1',
      port: slave.port,
      status,
      last_healthy_status: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      last_status_change: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    });
    const list = async () => {
      const { data } = jsonOf(await get('/secondary/list')) as { data: { id: string }[] };
      return data.sort((a, b) => (a.id < b.id ? -1 : 1));
    };
    const [one, two] = slaves as [RunningNode, RunningNode];
    expect(await list()).toEqual([entry(one, 1), entry(two, 1)]);
    await two.stop.run(0, quiet);
    slaves = [one];
    await eventually(async () => JSON.stringify(await list()).includes('"status":0'));
    expect(await list()).toEqual([entry(one, 1), entry(two, 0)]);
  });

  it('says in one word that a node is well', async () => {
    for (const node of [master, ...slaves])
      expect(await run('curl -X GET http://127.0.0.1:8000/healthcheck', node)).toEqual({
        status: 200,
        body: 'HEALTHY',
      });
  });

  it('asks for the key', async () => {
    for (const path of ['/messages', '/secondary/list'])
      expect((await run(`curl -X GET http://127.0.0.1:8000${path}`)).status).toBe(401);
    expect((await run('curl -X GET http://127.0.0.1:8000/messages -H "x-token: wrong"')).status).toBe(401);
  });
});

describe('the message hasher', () => {
  beforeEach(() => startCluster());
  afterEach(stopCluster);

  const run = (line: string, { port } = master as { port: number }) => curl(line, () => port);
  const lookUp = (digest: string, node?: { port: number }) =>
    run(`curl --cacert localhost.crt https://localhost:5000/messages/${digest}`, node);

  it('answers a message with its digest, and the digest with the message, on every node and after a restart', async () => {
    const answer = await run(
      `curl --cacert localhost.crt -X POST -H "Content-Type: application/json" -d '{"message": "foo"}' https://localhost:5000/messages`,
    );
    expect(answer.status).toBe(201);
    expect(jsonOf(answer)).toMatchObject({ digest: DIGEST });
    await eventually(async () => {
      const answers = await Promise.all([master, ...slaves].map((node) => lookUp(DIGEST, node)));
      return answers.every(({ status, body }) => status === 200 && body === '{"message":"foo"}');
    });
    await master.stop.run(1_000, quiet);
    master = await startMemoryMaster({}, masterStore.current);
    expect(jsonOf(await lookUp(DIGEST))).toEqual({ message: 'foo' });
  });

  it('knows no message of another digest', async () => {
    const answer = await lookUp(DIGEST);
    expect(answer.status).toBe(404);
    expect(jsonOf(answer)).toMatchObject({ err_msg: 'Message not found', error: 'Message not found.' });
  });
});
