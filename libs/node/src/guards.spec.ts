import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { PEER_ROUTES, RequestSigner } from '@hooklog/http-peer';
import { serviceToken } from '@hooklog/service';
import request, { type Test } from 'supertest';
import type { RunningNode } from './start';
import { eventually, quiet, startMemoryMaster, startMemorySlave } from './testing/memory-cluster';

/** What a node answers to those who are none of its cluster, at each route that nodes use. */

const SECRETS = { API_KEY: 'key-of-clients', CLUSTER_SECRET: 'secret-of-the-cluster' };
const OTHER_SECRET = 'secret-of-another-cluster';
const SKEW_MS = 300_000;
const ITEM = '/replicate-item';
const ROUTES = [...PEER_ROUTES, { method: 'POST', path: ITEM }] as const;
/** These take the token of clients, too: older programs cannot sign. */
const ALSO_BY_TOKEN: readonly string[] = ['/master_sync', ITEM];
const BODY = Buffer.from('{"no": "request of a node"}');

let node: RunningNode;
beforeEach(async () => {
  node = await startMemoryMaster(SECRETS);
});
afterEach(() => node.stop.run(0, quiet));

const signer = new RequestSigner(SECRETS.CLUSTER_SECRET, Date.now);
const codeOf = ({ text }: { readonly text: string }): string => (JSON.parse(text) as { code: string }).code;

type Headers = Readonly<Record<string, string>>;

function send(method: string, path: string, headers: Headers, body = BODY): Test {
  const asked = request(`http://127.0.0.1:${node.port}`);
  const sent = method === 'GET' ? asked.get(path) : asked.post(path).set('content-type', 'text/plain');
  return method === 'GET' ? sent.set(headers) : sent.set(headers).send(body.toString());
}

function sign(method: string, path: string, by = signer): Headers {
  return { authorization: by.sign(method, path, method === 'GET' ? undefined : BODY) };
}

describe.each(ROUTES)('$method $path', ({ method, path }) => {
  const refused = async (headers: Headers, code: string, target = path): Promise<void> => {
    const answer = await send(method, target, headers).expect(401);
    expect(codeOf(answer)).toBe(code);
    expect(answer.headers['www-authenticate']).toBeDefined();
    expect(node.log.tail.position.sequence).toBe(0);
    expect(node.replication.secondaries()).toEqual([]);
  };

  it('is for who has the secret', async () => {
    const byToken = ALSO_BY_TOKEN.includes(path);
    await refused({}, byToken ? 'TOKEN_MISSING' : 'SIGNATURE_MISSING');
    await refused({ 'x-token': 'a-guess' }, byToken ? 'TOKEN_WRONG' : 'SIGNATURE_MISSING');
    const { API_KEY, CLUSTER_SECRET } = SECRETS;
    for (const token of byToken ? [] : [API_KEY, CLUSTER_SECRET, serviceToken(CLUSTER_SECRET)])
      await refused({ authorization: `Bearer ${token}` }, 'SIGNATURE_MISSING');
    await refused(sign(method, path, new RequestSigner(OTHER_SECRET, Date.now)), 'SIGNATURE_WRONG');
  });

  it('is for requests of now', async () => {
    for (const away of [-SKEW_MS - 10_000, SKEW_MS + 10_000])
      await refused(
        sign(method, path, new RequestSigner(SECRETS.CLUSTER_SECRET, () => Date.now() + away)),
        'CLOCK_SKEW',
      );
    await refused(
      sign(method, path, new RequestSigner(SECRETS.CLUSTER_SECRET, () => Date.now() - 60_000)),
      'REPLAYED',
    );
  });

  it('is for requests that come once, as they were signed', async () => {
    const headers = sign(method, path);
    expect((await send(method, path, headers)).status).not.toBe(401);
    await refused(headers, 'REPLAYED');
    await refused(sign(method, path), 'SIGNATURE_WRONG', `${path}?store=x`);
    await refused(sign(method === 'GET' ? 'POST' : 'GET', path), 'SIGNATURE_WRONG');
  });
});

describe('a signed item of an older log', () => {
  const item = Buffer.from('{"id":1,"value":"one"}');
  const take = (headers: Headers, body = item) => send('POST', ITEM, headers, body);

  it('is taken once; what was altered on its way is not taken at all', async () => {
    const slave = await startMemorySlave({ ...SECRETS, MASTER_URL: 'http://127.0.0.1:9' });
    const master = node;
    node = slave;
    const headers = { authorization: signer.sign('POST', ITEM, item) };
    const altered = Buffer.from('{"id":1,"value":"two"}');
    expect(codeOf(await take({ authorization: signer.sign('POST', ITEM, item) }, altered).expect(401))).toBe(
      'SIGNATURE_WRONG',
    );
    expect(slave.log.tail.position.sequence).toBe(0);
    await take(headers).expect(201);
    expect(codeOf(await take(headers).expect(401))).toBe('REPLAYED');
    // an older master sends it again with its token: that is the same item, and no second one
    await take({ 'x-token': serviceToken(SECRETS.CLUSTER_SECRET) }).expect(201);
    expect(slave.log.tail.position.sequence).toBe(1);
    node = master;
    await slave.stop.run(0, quiet);
  });
});

describe('a node that was told of an address elsewhere', () => {
  it('calls nobody outside of PEER_ALLOW, and says so', async () => {
    await node.stop.run(0, quiet);
    node = await startMemoryMaster({ ...SECRETS, PEER_ALLOW: '10.0.0.0/8, fd00::/8' });
    let connections = 0;
    const trap = createServer(() => (connections += 1)).listen(0, '127.0.0.1');
    await once(trap, 'listening');
    const url = `http://localhost:${(trap.address() as AddressInfo).port}`;
    await node.replication.register({ node: 'slave-1', store: 'b'.repeat(16), url });
    await eventually(() => node.replication.secondaries()[0]?.lastError === 'PEER_NOT_ALLOWED');
    await node.replication.triggerSync();
    expect(connections).toBe(0);
    trap.close();
  });

  it('calls this machine only, without a secret', async () => {
    await node.stop.run(0, quiet);
    node = await startMemoryMaster();
    await node.replication.register({ node: 'slave-1', store: 'b'.repeat(16), url: 'http://192.0.2.1:80' });
    await eventually(() => node.replication.secondaries()[0]?.lastError === 'PEER_NOT_ALLOWED');
  });
});

describe('what a browser may open', () => {
  const HEADERS = ['content-security-policy', 'x-content-type-options', 'x-frame-options', 'referrer-policy'];

  it.each(['/livez', '/readyz', '/webhooks', '/log', '/secondaries', '/metrics', '/nothing'])(
    '%s is no page, and belongs into no frame',
    async (path) => {
      const { headers } = await send('GET', path, { 'x-token': SECRETS.API_KEY });
      for (const name of HEADERS) expect([name, headers[name]]).toEqual([name, expect.any(String)]);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['x-powered-by']).toBeUndefined();
    },
  );

  it.each(['/webhook', '/webhook/'])('POST %s is not opened by a browser', async (path) => {
    const { headers } = await send('POST', path, {}).expect(200);
    for (const name of HEADERS) expect(headers[name]).toBeUndefined();
  });
});

it('with a secret and without a key, reading is open: on loopback alone', async () => {
  await node.stop.run(0, quiet);
  node = await startMemoryMaster({ CLUSTER_SECRET: SECRETS.CLUSTER_SECRET });
  await send('GET', '/webhooks', {}).expect(200);
  await expect(fetch(`http://[::1]:${node.port}/livez`)).rejects.toThrow();
});
