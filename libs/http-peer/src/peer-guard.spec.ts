import express, { type Router } from 'express';
import { randomBytes } from 'node:crypto';
import { ANY_STORE, encodeEntriesRequest, type SyncError } from '@hooklog/sync-protocol';
import { PeerGuard } from './peer-guard';
import { peerRouter } from './peer-router';
import { registrationRouter } from './registration-router';
import { RequestSigner } from './request-signature';
import { PEER_ROUTES } from './routes';
import { Cluster, untilEqual } from './testing/cluster';
import { type Master, SECRET, serve, type Site } from './testing/nodes';
import { type Answer, request } from './testing/raw-request';
import { take } from './testing/webhooks';

const NOW = 1_790_000_000_000;
const SKEW = 300_000;
const clock = { now: NOW };
const signer = new RequestSigner(SECRET, () => clock.now);

const cluster = new Cluster();
let node: Master;
let site: Site;
let routers: readonly Router[];

/** The routes of a node behind a guard that lets nobody else in. */
async function guarded(secret: string | undefined): Promise<Site> {
  const shared = { log: node.log, replication: node.replication, now: Date.now, logger: node.logger };
  routers = [
    peerRouter({ ...shared, stop: node.stop.signal, dedupWindowSeconds: 60 }),
    registrationRouter(shared),
  ];
  const guard = new PeerGuard({ secret, now: () => clock.now });
  return serve(express.Router().use(guard.handler, ...routers));
}

beforeEach(async () => {
  clock.now = NOW;
  node = await cluster.master();
  await take(node.log, 'here', 3, NOW);
  site = cluster.keep(await guarded(SECRET));
});
afterEach(() => cluster.closeAll());

type Headers = Record<string, string>;
const signed = (method: string, target: string, body: Buffer = Buffer.alloc(0), by = signer): Headers => ({
  authorization: by.sign(method, target, body),
});
const send = (
  method: string,
  target: string,
  headers: Headers,
  body: Buffer = Buffer.alloc(0),
): Promise<Answer> => request(site.url, target, { method, headers, body });
const codeOf = (answer: Answer): string | undefined => answer.json().code;

describe.each(PEER_ROUTES)('$method $path', ({ method, path }) => {
  // bytes that no route can read: whoever gets through hears of them, and nothing else
  const body = method === 'POST' ? Buffer.from('no request of a node') : Buffer.alloc(0);
  const READ = ['BAD_FRAME', 'BAD_ID_LIST', 'BAD_REGISTRATION'];

  it('reads what a node has signed, once', async () => {
    const headers = signed(method, path, body);
    expect(READ).toContain(codeOf(await send(method, path, headers, body)));
    expect(codeOf(await send(method, path, headers, body))).toBe('REPLAYED');
  });

  it('refuses a request without a signature, or with a token', async () => {
    expect(codeOf(await send(method, path, {}, body))).toBe('SIGNATURE_MISSING');
    const token = { authorization: `Bearer ${'0'.repeat(64)}`, 'x-token': '0'.repeat(64) };
    expect(codeOf(await send(method, path, token, body))).toBe('SIGNATURE_MISSING');
  });

  it('refuses another secret', async () => {
    const other = new RequestSigner('secret-of-another-cluster', () => clock.now);
    expect(codeOf(await send(method, path, signed(method, path, body, other), body))).toBe('SIGNATURE_WRONG');
  });

  it.each([-SKEW - 1, SKEW + 1])(
    'refuses a time that is %d ms away, and says both in words',
    async (away) => {
      const there = new RequestSigner(SECRET, () => NOW + away);
      const answer = await send(method, path, signed(method, path, body, there), body);
      expect(codeOf(answer)).toBe('CLOCK_SKEW');
      for (const time of [NOW, NOW + away])
        expect(answer.json()['detail']).toContain(new Date(time).toISOString());
    },
  );

  it('refuses what was signed before it listened', async () => {
    const earlier = new RequestSigner(SECRET, () => NOW - 1);
    expect(codeOf(await send(method, path, signed(method, path, body, earlier), body))).toBe('REPLAYED');
  });

  it.each([
    ['query', (headers: Headers) => send(method, `${path}?store=x`, headers, body)],
    ['path', (headers: Headers) => send(method, path.replace('r', 'R'), headers, body)],
    ['time', (headers: Headers) => send(method, path, altered(headers, /time=(\d)/), body)],
    ['nonce', (headers: Headers) => send(method, path, altered(headers, /nonce=(\w)/), body)],
    ['digest', (headers: Headers) => send(method, path, altered(headers, /digest=(\w)/), body)],
    ['signature', (headers: Headers) => send(method, path, altered(headers, /signature=(\w)/), body)],
  ])('refuses another %s than was signed', async (_part, sent) => {
    expect(codeOf(await sent(signed(method, path, body)))).toBe('SIGNATURE_WRONG');
  });

  it('refuses the signature of another route', async () => {
    const { path: elsewhere } = PEER_ROUTES.find((route) => route.path !== path)!;
    expect(codeOf(await send(method, path, signed(method, elsewhere, body), body))).toBe('SIGNATURE_WRONG');
  });
});

/** The same with the first character of a part turned into another one. */
function altered({ authorization = '' }: Headers, part: RegExp): Headers {
  const turned = (all: string, first: string): string => all.slice(0, -1) + (first === '1' ? '2' : '1');
  return { authorization: authorization.replace(part, turned) };
}

describe('a body that is not the one that was signed', () => {
  /** routes that read all of a body before they do anything */
  const WHOLE = PEER_ROUTES.filter(({ method, path }) => method === 'POST' && path !== '/master_sync');
  it.each(WHOLE)('is not acted on by $path', async ({ path }) => {
    const [sent, meant] = [randomBytes(300), randomBytes(300)];
    expect(codeOf(await send('POST', path, signed('POST', path, meant), sent))).toBe('SIGNATURE_WRONG');
    for (const part of [meant.subarray(0, 299), Buffer.alloc(0)])
      expect(codeOf(await send('POST', path, signed('POST', path, meant), part))).toBe('SIGNATURE_WRONG');
  });

  it('registers nobody', async () => {
    const member = (url: string) =>
      Buffer.from(JSON.stringify({ node: 'slave-1', store: 'b'.repeat(16), url }));
    const [meant, sent] = [member('http://127.0.0.1:9'), member('http://127.0.0.2:9')];
    const answer = await send('POST', '/register', signed('POST', '/register', meant), sent);
    expect(codeOf(answer)).toBe('SIGNATURE_WRONG');
    expect(node.replication.secondaries()).toEqual([]);
    const headers = signed('POST', '/register', meant);
    expect((await send('POST', '/register', headers, meant)).status).toBe(200);
    expect(codeOf(await send('POST', '/register', headers, meant))).toBe('REPLAYED');
    expect(node.replication.secondaries()).toMatchObject([{ url: 'http://127.0.0.1:9' }]);
  });

  it('gets no end of an answer that streams: a list of ids is read while it arrives', async () => {
    const seconds = Math.floor(NOW / 1000);
    const list = (ids: string) =>
      Buffer.from(
        `{"slave_range_start":${seconds - 60},"slave_range_end":${seconds + 60},"master_ids":[${ids}]}`,
      );
    const [meant, sent] = [list(`"${'f'.repeat(16)}"`), list('')];
    const headers = signed('POST', '/master_sync', meant);
    const outcome = await send('POST', '/master_sync', headers, sent).then(
      codeOf,
      (error: Error) => error.message,
    );
    expect(['SIGNATURE_WRONG', 'aborted']).toContain(outcome);
    expect(
      (await send('POST', '/master_sync', signed('POST', '/master_sync', sent), sent)).lines(),
    ).toHaveLength(3);
  });
});

describe('a request between two nodes', () => {
  it('is refused by a third one, whose store it does not name', async () => {
    const other = await cluster.slave('slave-2');
    const body = encodeEntriesRequest({ store: other.log.store, pendingBefore: 0, missing: [] });
    const headers = signed('POST', '/peer/v1/entries', body);
    expect(codeOf(await send('POST', '/peer/v1/entries', headers, body))).toBe('STORE_CHANGED');
    const any = encodeEntriesRequest({ store: ANY_STORE, pendingBefore: 0, missing: [] });
    expect(
      (await send('POST', '/peer/v1/entries', signed('POST', '/peer/v1/entries', any), any)).status,
    ).toBe(200);
  });

  it('is signed in all flows', async () => {
    const slave = await cluster.slave();
    await node.join(slave);
    await take(slave.log, 'there', 3, Date.now());
    await untilEqual(node.log, slave.log);
    await node.replication.triggerSync();
    expect(slave.site.requests.length).toBeGreaterThan(3);
    for (const line of slave.site.requests) expect(line).toMatch(/ Hooklog time=\d+, nonce=/);
  });
});

it('the list of routes is what the routers have', () => {
  const found = routers.flatMap(({ stack }) =>
    stack.flatMap(({ route }) =>
      Object.keys(methodsOf(route)).map((method) => ({ method, path: route?.path })),
    ),
  );
  const listed = PEER_ROUTES.map(({ method, path }) => ({ method: method.toLowerCase(), path }));
  expect(found).toHaveLength(listed.length);
  expect(found).toEqual(expect.arrayContaining(listed));
});

function methodsOf(route: unknown): Record<string, boolean> {
  return (route as { readonly methods: Record<string, boolean> }).methods;
}

it('without a secret everybody is trusted', async () => {
  site = cluster.keep(await guarded(undefined));
  expect(codeOf(await send('POST', '/register', {}, Buffer.from('x')))).toBe('BAD_REGISTRATION');
});

it('asks for a certificate where nodes have one, before anything else', () => {
  const guard = new PeerGuard({ secret: SECRET, certificates: true, now: () => NOW });
  const headers = signed('GET', '/peer/v1/pending');
  const asked = (authorized: boolean) => ({ headers, method: 'GET', socket: { authorized } }) as never;
  const code = (authorized: boolean) => {
    try {
      guard.check(asked(authorized), '/peer/v1/pending');
      return 'passed';
    } catch (error) {
      return (error as SyncError).code;
    }
  };
  expect([code(false), code(true)]).toEqual(['CERTIFICATE_MISSING', 'passed']);
});
