import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { START } from '@hooklog/ordered-log';
import { PROBLEMS, serviceToken } from '@hooklog/service';
import {
  ANY_STORE,
  encodeAppend,
  encodeEntriesRequest,
  encodePromiseRequest,
  encodeReconcileRequest,
  encodeRecordsRequest,
} from '@hooklog/sync-protocol';
import type { RunningNode } from '../start';
import { CheckedClient, operationsOf, routesOf } from '../testing/checked-client';
import {
  eventually,
  memoryStore,
  quiet,
  startMemoryMaster,
  startMemorySlave,
  untilVoting,
} from '../testing/memory-cluster';
import type { OpenApi } from './document';
import type { Method } from './operation';

jest.setTimeout(120_000);

const NOWHERE = 'http://127.0.0.1:9';
const README = readFileSync(join(__dirname, '../../../../README.md'), 'utf8');
/** Of nodes that know senders. */
const OF_SOURCES = / \/(webhook\/|quarantine)/;
const SECRET = 'secret-of-a-sender';
const LINT = join(__dirname, '../testing/lint-openapi.mjs');
const SECRETS = { API_KEY: 'key-of-clients', CLUSTER_SECRET: 'secret-of-the-cluster' };

const nodes: RunningNode[] = [];
function keep(node: RunningNode): RunningNode {
  nodes.push(node);
  return node;
}
const stopAll = async (): Promise<void> => {
  for (const { stop } of nodes.splice(0).reverse()) await stop.run(0, quiet);
};

let folder: string;
let sourcesFile: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hooklog-openapi-'));
  sourcesFile = join(folder, 'sources.json');
  writeSources(SECRET);
});
afterAll(() => rmSync(folder, { recursive: true }));

function writeSources(secret: string): void {
  const scheme = { kind: 'github' };
  const handshake = { kind: 'meta', verifyTokens: ['knock'] };
  writeFileSync(
    sourcesFile,
    JSON.stringify({ sources: { sender: { scheme, secrets: [secret], handshake } } }),
  );
}

async function documentOf({ port }: RunningNode): Promise<OpenApi> {
  return (await fetch(`http://127.0.0.1:${port}/openapi.json`)).json() as Promise<OpenApi>;
}

/** What the linter finds, errors and warnings. */
async function lint(document: object): Promise<unknown> {
  const child = spawn(process.execPath, [LINT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(JSON.stringify(document));
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
  return JSON.parse(Buffer.concat(chunks).toString());
}

describe('the OpenAPI document', () => {
  let master: RunningNode;
  let slave: RunningNode;
  let withSources: RunningNode;
  let document: OpenApi;
  let client: CheckedClient;

  beforeAll(async () => {
    master = keep(await startMemoryMaster());
    slave = keep(await startMemorySlave({ MASTER_URL: `http://127.0.0.1:${master.port}` }));
    withSources = keep(await startMemoryMaster({ SOURCES: sourcesFile }, memoryStore('00000000000000ee')));
    await untilVoting(master, 1);
    document = await documentOf(master);
    client = new CheckedClient(document);
  });
  afterAll(stopAll);

  const json = (body: object) => ({ body });
  const codeOf = ({ text }: { readonly text: string }): string => (JSON.parse(text) as { code: string }).code;

  it('is the same of both roles, and the linter finds nothing in it', async () => {
    expect(await documentOf(slave)).toEqual(document);
    expect(await lint(document)).toEqual([]);
    const { '/livez': livez } = document.paths;
    const wrong = { ...document, paths: { '/livez': { get: { ...livez!.get, operationId: undefined } } } };
    expect(await lint(wrong)).toContainEqual(expect.objectContaining({ ruleId: 'operation-operationId' }));
  });

  it('has every route of the code, and no other', () => {
    expect(operationsOf(document)).toEqual(routesOf(withSources.app.express));
    const elsewhere = operationsOf(document).filter((route) => !OF_SOURCES.test(route));
    for (const { app } of [master, slave]) expect(elsewhere).toEqual(routesOf(app.express));
  });

  it('has the routes that the README lists, and beside those only what nodes ask of each other', () => {
    const listed = [...README.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) +\| (?:both|master|slave) /gm)].flatMap(
      ([, cell = '']) => {
        let method = '';
        return [...cell.matchAll(/`(?:([A-Z]+) )?(\/[^?`]*)/g)].map(([, named, path = '']) => {
          method = named?.toLowerCase() ?? method;
          return `${method} ${path.replaceAll(/:\w+/g, '{}')}`;
        });
      },
    );
    const ofClients = operationsOf(document).filter((route) => !route.includes(' /peer/'));
    expect(listed.sort()).toEqual(ofClients);
  });

  it('finds an answer that is another one than it says', async () => {
    const livez = document.paths['/livez']!.get!;
    const alive = { ...document.components.schemas['Alive'], properties: { status: { const: 'dead' } } };
    const schemas = { ...document.components.schemas, Alive: alive };
    const lying = new CheckedClient({ ...document, components: { ...document.components, schemas } });
    await expect(lying.ask(master, 'get', '/livez')).rejects.toThrow(/must be equal to constant/);
    const responses = { 500: livez.responses['500']! };
    const silent = new CheckedClient({
      ...document,
      paths: { '/livez': { get: { ...livez, responses } } },
    });
    await expect(silent.ask(master, 'get', '/livez')).rejects.toThrow(/status is not documented/);
  });

  describe.each(['master', 'slave'] as const)('says what a %s answers', (role) => {
    const other = { master: 'slave', slave: 'master' } as const;
    const onMaster = role === 'master';
    let node: RunningNode;
    beforeAll(() => {
      node = onMaster ? master : slave;
    });

    it('to webhooks', async () => {
      for (const query of [{}, { wc: '2', wtimeout: '20000' }])
        expect((await client.ask(node, 'post', '/webhook', { ...json({ role, query }), query })).status).toBe(
          200,
        );
      const text = { body: Buffer.from(`text of ${role}`), headers: { 'content-type': 'text/plain' } };
      expect((await client.ask(node, 'post', '/webhook', text)).status).toBe(200);
      const bytes = { body: Buffer.from([0xff, 0, role.length]), headers: { 'content-type': 'image/png' } };
      expect((await client.ask(node, 'post', '/webhook', bytes)).status).toBe(200);
      const wrong = { 'content-type': 'application/json' };
      expect(codeOf(await client.ask(node, 'post', '/webhook', { body: '{', headers: wrong }))).toBe(
        'INVALID_JSON',
      );
      expect(codeOf(await client.ask(node, 'post', '/webhook', { body: '', headers: wrong }))).toBe(
        'EMPTY_BODY',
      );
      expect(codeOf(await client.ask(node, 'post', '/webhook', { ...json({}), query: { wc: 'x' } }))).toBe(
        'INVALID_CONCERN',
      );
      const zipped = { ...json({}), headers: { 'content-encoding': 'gzip' } };
      expect(codeOf(await client.ask(node, 'post', '/webhook', zipped))).toBe('UNSUPPORTED_ENCODING');
      const tooMany = { ...json({ role, wc: 9 }), query: { wc: '9', wtimeout: '1' } };
      expect(codeOf(await client.ask(node, 'post', '/webhook', tooMany))).toBe(
        onMaster ? 'CONCERN_TOO_LARGE' : 'NOT_MASTER',
      );
    });

    it('to streams of webhooks', async () => {
      const { status, text } = await client.ask(node, 'post', '/webhooks', {
        body: `{"line":"${role}"}\nno JSON\n{"line":"${role}"}\n`,
        headers: { 'content-type': 'application/x-ndjson' },
      });
      expect([status, text.trim().split('\n').length]).toEqual([200, 3]);
      expect(
        (await client.ask(node, 'post', '/webhooks', { body: '', query: { wtimeout: 'x' } })).status,
      ).toBe(400);
    });

    it('to readers', async () => {
      await eventually(() => slave.log.pendingEntries === 0);
      for (const path of ['/log', '/get-all', '/webhooks', '/messages']) {
        const { status, text } = await client.ask(node, 'get', path);
        expect([path, status, text.length > 10]).toEqual([path, 200, true]);
      }
      const page = await client.ask(node, 'get', '/webhooks', { query: { from: '2020-01-01', limit: '1' } });
      const { entries, next } = JSON.parse(page.text);
      expect((await client.ask(node, 'get', '/webhooks', { query: { after: next } })).status).toBe(200);
      const { id, key } = entries[0];
      for (const name of [id, key])
        expect((await client.ask(node, 'get', '/webhooks/{id}', { path: [name] })).status).toBe(200);
      expect(codeOf(await client.ask(node, 'get', '/webhooks/{id}', { path: ['x'] }))).toBe('INVALID_ID');
      expect(codeOf(await client.ask(node, 'get', '/webhooks/{id}', { path: ['f'.repeat(16)] }))).toBe(
        'UNKNOWN_ID',
      );
      for (const [name, code] of [
        ['from', 'INVALID_RANGE'],
        ['after', 'INVALID_CURSOR'],
        ['limit', 'INVALID_LIMIT'],
      ] as const)
        expect(codeOf(await client.ask(node, 'get', '/webhooks', { query: { [name]: '-' } }))).toBe(code);
      expect((await client.ask(node, 'get', '/log', { query: { after: '1', limit: '1' } })).status).toBe(200);
      expect(codeOf(await client.ask(node, 'get', '/log', { query: { after: '-' } }))).toBe('INVALID_CURSOR');
    });

    it('to messages', async () => {
      const message = `a message through the ${role}`;
      const writes = [
        ['post', '/messages', 201, {}],
        ['put', '/messages', 200, {}],
        ['post', '/messages/{name}', 200, { path: ['2'] }],
        ['post', '/insert', 200, {}],
      ] as const;
      for (const [method, path, done, ask] of writes) {
        const { status } = await client.ask(node, method, path, { ...ask, body: { message } });
        expect([path, status]).toEqual([path, onMaster ? done : 421]);
        if (!onMaster) continue;
        expect(codeOf(await client.ask(node, method, path, { ...ask, body: { text: 1 } }))).toBe(
          'INVALID_MESSAGE',
        );
        const twice = { ...ask, headers: { 'idempotency-key': `${method}${path}` } };
        await client.ask(node, method, path, { ...twice, body: { message } });
        expect(codeOf(await client.ask(node, method, path, { ...twice, body: { message: 'other' } }))).toBe(
          'EVENT_ID_REUSED',
        );
      }
      if (!onMaster) return;
      const digest = createHash('sha256').update(message).digest('hex');
      await eventually(() => slave.log.tail.position.sequence === master.log.tail.position.sequence);
      for (const each of [master, slave]) {
        expect((await client.ask(each, 'get', '/messages/{name}', { path: [digest] })).status).toBe(200);
        expect((await client.ask(each, 'get', '/messages')).text).toContain(message);
        expect(codeOf(await client.ask(each, 'get', '/messages/{name}', { path: ['x'] }))).toBe(
          'UNKNOWN_MESSAGE',
        );
      }
    });

    it('to whoever watches it', async () => {
      for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/healthcheck'])
        expect((await client.ask(node, 'get', path)).status).toBe(200);
      const named = { headers: { accept: 'application/json' } };
      expect(JSON.parse((await client.ask(node, 'get', '/healthcheck', named)).text)).toMatchObject({ role });
    });

    it('to operators', async () => {
      const paths = [
        ['get', '/secondaries', {}],
        ['get', '/secondary/list', {}],
        ['post', '/trigger_sync', { query: { settle: '0' } }],
      ] as const;
      for (const [method, path, ask] of paths)
        expect((await client.ask(node, method, path, ask)).status).toBe(onMaster ? 200 : 421);
      const nobody = await client.ask(node, 'delete', '/secondaries/{id}', { path: ['nobody'] });
      expect(codeOf(nobody)).toBe(onMaster ? 'UNKNOWN_MEMBER' : 'NOT_MASTER');
      if (onMaster)
        expect(codeOf(await client.ask(node, 'post', '/trigger_sync', { query: { settle: 'x' } }))).toBe(
          'INVALID_SETTLE',
        );
    });

    it('to other nodes', async () => {
      const { store } = node.log;
      const previous = { previous: START, previousChain: Buffer.alloc(16) };
      const { cluster, committed, tail } = node.log;
      const leader = { node: other[role], url: NOWHERE };
      const append = {
        store,
        cluster,
        epoch: tail.epoch,
        leader,
        ...previous,
        commit: committed,
        records: [],
      };
      const window = { from: 0, to: 2 ** 32 - 1 };
      const asked: Readonly<Record<string, readonly [type: string, body: Buffer]>> = {
        append: ['append', encodeAppend(append)],
        promise: [
          'promise',
          encodePromiseRequest({ store, epoch: tail.epoch, candidate: 'f'.repeat(16), dry: true }),
        ],
        records: ['records', encodeRecordsRequest({ store, ...previous, recordsMax: 4 })],
        reconcile: [
          'reconcile',
          encodeReconcileRequest({ store: ANY_STORE, window, message: Buffer.alloc(0) }),
        ],
        entries: ['reconcile', encodeEntriesRequest({ store, pendingBefore: 0, missing: [] })],
      };
      for (const [name, [type, body]] of Object.entries(asked)) {
        const headers = { 'content-type': `application/vnd.hooklog.${type}` };
        const { status } = await client.ask(node, 'post', `/peer/v1/${name}`, { body, headers });
        expect([name, status]).toEqual([name, 200]);
        const damaged = { body: Buffer.from('x'), headers };
        expect([name, codeOf(await client.ask(node, 'post', `/peer/v1/${name}`, damaged))]).toEqual([
          name,
          'BAD_FRAME',
        ]);
      }
      const pending = await client.ask(node, 'get', '/peer/v1/pending', { query: { store }, live: true });
      expect(pending.status).toBe(200);
      expect(codeOf(await client.ask(node, 'get', '/peer/v1/pending', { query: { store: 'x' } }))).toBe(
        'STORE_CHANGED',
      );
      const ids = { slave_range_start: 0, slave_range_end: 2 ** 32 - 1, master_ids: [] };
      const { text } = await client.ask(node, 'post', '/master_sync', { body: ids });
      expect(text.trim().split('\n').length).toBeGreaterThan(3);
      expect(codeOf(await client.ask(node, 'post', '/master_sync', { body: '{' }))).toBe('BAD_ID_LIST');
      const member = { node: 'new', store: 'e'.repeat(16), url: 'no url' };
      expect(codeOf(await client.ask(node, 'post', '/register', { body: member }))).toBe(
        onMaster ? 'BAD_REGISTRATION' : 'NOT_MASTER',
      );
    });
  });

  it('says what is answered to senders, and what of theirs was refused', async () => {
    const body = '{"n":1}';
    const signed = (key: string) => ({
      body,
      headers: {
        'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
        'content-type': 'application/json',
      },
    });
    const post = (source: string, ask: object) =>
      client.ask(withSources, 'post', '/webhook/{source}', { path: [source], ...ask });
    expect((await post('sender', signed(SECRET))).status).toBe(200);
    expect(codeOf(await post('sender', signed('other')))).toBe('SIGNATURE_REFUSED');
    expect(codeOf(await post('nobody', signed(SECRET)))).toBe('UNKNOWN_SOURCE');
    expect(codeOf(await client.ask(withSources, 'post', '/webhook', signed(SECRET)))).toBe('UNKNOWN_SOURCE');
    expect(
      codeOf(await client.ask(master, 'post', '/webhook/{source}', { path: ['sender'], ...signed(SECRET) })),
    ).toBe('UNKNOWN_ROUTE');
    const query = { 'hub.mode': 'subscribe', 'hub.challenge': '17', 'hub.verify_token': 'knock' };
    const greet = (asked: object) =>
      client.ask(withSources, 'get', '/webhook/{source}', {
        path: ['sender'],
        query: { ...query, ...asked },
      });
    expect(await greet({})).toMatchObject({ status: 200, text: '17' });
    expect(codeOf(await greet({ 'hub.verify_token': 'x' }))).toBe('HANDSHAKE_REFUSED');

    const { text } = await client.ask(withSources, 'get', '/quarantine');
    const [{ id }] = JSON.parse(text).entries;
    const verify = () => client.ask(withSources, 'post', '/quarantine/{id}/verify', { path: [String(id)] });
    expect(codeOf(await verify())).toBe('STILL_REFUSED');
    writeSources('other');
    await withSources.reload!();
    expect((await verify()).status).toBe(200);
    expect((await post('sender', signed(SECRET))).status).toBe(401);
    const [next] = JSON.parse((await client.ask(withSources, 'get', '/quarantine')).text).entries;
    const forget = () => client.ask(withSources, 'delete', '/quarantine/{id}', { path: [String(next.id)] });
    expect((await forget()).status).toBe(204);
    expect(codeOf(await forget())).toBe('UNKNOWN_QUARANTINED');
  });

  it('says what changes of roles and members answer', async () => {
    const member = { node: 'new', store: 'e'.repeat(16), url: NOWHERE };
    expect((await client.ask(master, 'post', '/register', { body: member })).status).toBe(200);
    await eventually(async () => {
      const { status } = await client.ask(master, 'delete', '/secondaries/{id}', { path: ['new'] });
      return status === 204;
    });
    expect(codeOf(await client.ask(slave, 'post', '/demote'))).toBe('NOT_MASTER');
    expect((await client.ask(slave, 'post', '/promote')).status).toBe(200);
    expect((await client.ask(slave, 'post', '/demote')).status).toBe(200);
    expect((await client.ask(master, 'post', '/promote')).status).toBe(200);
    const lone = keep(await startMemorySlave({ MASTER_URL: NOWHERE }, memoryStore('00000000000000cc')));
    const item = { id: 1, value: 'from an older master' };
    expect((await client.ask(lone, 'post', '/replicate-item', { body: item })).status).toBe(201);
    expect(codeOf(await client.ask(lone, 'post', '/replicate-item', { body: { ...item, value: 'x' } }))).toBe(
      'ITEM_CONFLICT',
    );
    expect((await client.ask(lone, 'post', '/promote')).status).toBeGreaterThanOrEqual(400);
  });

  it('says what a node answers while it stops', async () => {
    const lone = keep(await startMemoryMaster({}, memoryStore('00000000000000dd')));
    let finish = (): void => undefined;
    lone.stop.closes('held', () => new Promise((resolve) => (finish = resolve)));
    const stopped = lone.stop.run(0, quiet);
    const { status, text } = await client.ask(lone, 'get', '/readyz');
    expect([status, JSON.parse(text).reasons[0].code]).toEqual([503, 'STOPPING']);
    for (const [method, path] of [
      ['post', '/webhook'],
      ['get', '/log'],
      ['post', '/promote'],
      ['post', '/peer/v1/append'],
    ] as const)
      expect(codeOf(await client.ask(lone, method, path, { ...(method === 'post' && { body: {} }) }))).toBe(
        'STOPPING',
      );
    finish();
    await stopped;
  });

  it('was held to an answer of every operation that did what was asked', () => {
    const silent = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => {
          const done = [...client.seen].some(
            (seen) => new RegExp(`^${method} .* 2\\d\\d$`).test(seen) && seen.split(' ')[1] === path,
          );
          return !done;
        })
        .map((method) => `${method} ${path}`),
    );
    expect(silent).toEqual([]);
  });

  it('names only codes that there are', () => {
    const named = [...JSON.stringify(document.paths).matchAll(/"code":\{"enum":\[([^\]]*)\]/g)].flatMap(
      ([, codes = '']) => codes.split(',').map((code) => JSON.parse(code) as string),
    );
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((code) => !(code in PROBLEMS))).toEqual([]);
  });
});

describe('the doors of the document', () => {
  afterAll(stopAll);

  it.each(['master', 'slave'] as const)('are those of a %s', async (role) => {
    const start = role === 'master' ? startMemoryMaster : startMemorySlave;
    const own = {
      ...{ SOURCES: sourcesFile, DATA_DIR: join(folder, role) },
      MASTER_URL: role === 'master' ? '' : NOWHERE,
    };
    const node = keep(await start({ ...SECRETS, ...own }));
    const document = await documentOf(node);
    const client = new CheckedClient(document);
    const tokens = { client: SECRETS.API_KEY, node: serviceToken(SECRETS.CLUSTER_SECRET) };
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { security }] of Object.entries(methods)) {
        const schemes = security.flatMap((each) => Object.keys(each));
        const isOpen = schemes.length === 0;
        const statusWith = async (headers: Record<string, string>): Promise<number> =>
          (
            await client.ask(node, method as Method, path, {
              path: ['0'],
              headers,
              live: path === '/peer/v1/pending',
            })
          ).status;
        const where = `${method} ${path}`;
        expect([where, (await statusWith({})) === 401]).toEqual([where, !isOpen]);
        if (isOpen || path === '/promote' || path === '/demote') continue;
        const asClient = await statusWith({ 'x-token': tokens.client });
        expect([where, asClient !== 401]).toEqual([where, schemes.includes('apiKey')]);
        const asNode = await statusWith({ authorization: `Bearer ${tokens.node}` });
        expect([where, asNode !== 401]).toEqual([where, schemes.includes('nodeToken')]);
      }
    }
  });
});
