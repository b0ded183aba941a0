import { APPEND_PATH, RequestSigner } from '@hooklog/http-peer';
import { NO_CLUSTER, START } from '@hooklog/ordered-log';
import { decodeAnswer, encodeAppend } from '@hooklog/sync-protocol';
import request from 'supertest';
import type { RunningNode } from './start';
import { memoryStore, quiet, startMemorySlave } from './testing/memory-cluster';

/** Only this very spelling is taken in front; Express reads the other one as the same route. */
const DOORS = { front: APPEND_PATH, express: '/PEER/v1/append' } as const;
const CLUSTER_SECRET = 'secret-of-the-cluster';
const STORE = '00000000000000bb';

let slaves: Readonly<Record<keyof typeof DOORS, RunningNode>>;
const start = (env: Readonly<Record<string, string>>): Promise<RunningNode> =>
  startMemorySlave({ MASTER_URL: 'http://127.0.0.1:9', CLUSTER_SECRET, ...env }, memoryStore(STORE));
const startBoth = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
  slaves = { front: await start(env), express: await start(env) };
};
afterEach(() => Promise.all(Object.values(slaves).map(({ stop }) => stop.run(0, quiet))));

const signer = new RequestSigner(CLUSTER_SECRET, Date.now);
const probe = encodeAppend({
  store: STORE,
  cluster: NO_CLUSTER,
  epoch: 1024,
  leader: { node: 'master', url: 'http://127.0.0.1:9' },
  previous: START,
  previousChain: Buffer.alloc(16),
  commit: START,
  records: [],
});

interface Asked {
  readonly body?: Buffer;
  /** another body than the one that is sent */
  readonly signed?: Buffer;
  readonly by?: RequestSigner | undefined;
}

/** All that a node can see, but for the time of the answer. */
async function through(door: keyof typeof DOORS, { body = probe, signed = body, ...asked }: Asked) {
  const { by = signer } = asked;
  const path = DOORS[door];
  const headers =
    'by' in asked && asked.by === undefined ? {} : { authorization: by.sign('POST', path, signed) };
  const answer = await request(`http://127.0.0.1:${slaves[door].port}`)
    .post(path)
    .set({ 'content-type': 'application/octet-stream', 'x-request-id': 'one', ...headers })
    .buffer(true)
    .parse((res, done) => {
      const chunks: Buffer[] = [];
      res
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => done(null, Buffer.concat(chunks)));
    })
    .send(body);
  const { date, ...seen } = answer.headers as Record<string, string>;
  expect(date).toBeDefined();
  return { status: answer.status, headers: seen, body: answer.body as Buffer };
}

async function throughBoth(asked: Asked) {
  const [front, express] = [await through('front', asked), await through('express', asked)];
  expect(front).toEqual(express);
  return front;
}

const codeOf = ({ body }: { readonly body: Buffer }): unknown => JSON.parse(body.toString()).code;

describe('an append in front of Express and through it', () => {
  it('is answered the same', async () => {
    await startBoth();
    const { status, body } = await throughBoth({});
    expect([status, decodeAnswer(body).outcome]).toEqual([200, 'accepted']);
  });

  it.each([
    ['without signature', 401, 'SIGNATURE_MISSING', { by: undefined }],
    ['of another secret', 401, 'SIGNATURE_WRONG', { by: new RequestSigner('another-secret', Date.now) }],
    ['with another body', 401, 'SIGNATURE_WRONG', { signed: Buffer.from('another') }],
    ['that is none', 400, 'BAD_FRAME', { body: Buffer.from('none') }],
  ] as const)('is refused the same %s', async (_what, status, code, asked) => {
    await startBoth();
    const answer = await throughBoth(asked);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  it('is refused the same while the disk is full', async () => {
    await startBoth({ DISK_FREE_MIN_MIB: '1048576' });
    const answer = await throughBoth({});
    expect([answer.status, codeOf(answer)]).toEqual([503, 'DISK_FULL']);
  });

  it('is taken once, whichever way it comes', async () => {
    await startBoth();
    const authorization = signer.sign('POST', APPEND_PATH, probe);
    const send = () =>
      request(`http://127.0.0.1:${slaves.front.port}`)
        .post(APPEND_PATH)
        .set({ 'content-type': 'application/octet-stream', authorization })
        .buffer(true)
        .send(probe);
    expect((await send()).status).toBe(200);
    expect(JSON.parse((await send()).text)).toMatchObject({ status: 401, code: 'REPLAYED' });
  });
});
