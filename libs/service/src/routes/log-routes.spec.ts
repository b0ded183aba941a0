import { once } from 'node:events';
import request from 'supertest';
import { eventually } from '../testing/eventually';
import { rawClient } from '../testing/raw-socket';
import { serveNode, type ServedNode } from '../testing/served-node';

let node: ServedNode;
beforeEach(async () => {
  node = await serveNode();
});
afterEach(() => node.close());

const post = (body: string | Buffer, type = 'application/json') =>
  request(node.server)
    .post('/webhook')
    .set('content-type', type)
    .serialize((raw) => raw as string)
    .send(body)
    .expect(200);
const lines = async (path: string) => {
  const answer = await request(node.server).get(path).buffer(true).expect(200);
  expect(answer.headers['content-type']).toBe('application/x-ndjson');
  return answer.text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
};

describe('GET /log', () => {
  it('gives one entry a line, in order, also for documents of many lines', async () => {
    await post('{\n  "a": "x\\ny",\r\n  "b": 12345678901234567890\n}\n');
    await post('two\nlines', 'text/plain');
    await post(Buffer.from([0xff]), 'image/png');
    const entries = await lines('/log');
    expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(entries.map(({ body, bodyBase64 }) => body ?? bodyBase64)).toEqual([
      { a: 'x\ny', b: 12345678901234567890 },
      'two\nlines',
      '/w==',
    ]);
    const raw = await request(node.server).get('/log?limit=1').buffer(true);
    expect(raw.text).toContain('12345678901234567890');
  });

  it('goes on after a sequence, up to a limit', async () => {
    for (let n = 1; n <= 5; n += 1) await post(`{"n":${n}}`);
    expect((await lines('/log?after=1&limit=2')).map(({ sequence }) => sequence)).toEqual([2, 3]);
    expect(await lines('/log?after=5')).toEqual([]);
    expect(await lines('/log?after=9007199254740991')).toEqual([]);
  });

  it.each([
    ['after=-1', 'INVALID_CURSOR'],
    ['after=x', 'INVALID_CURSOR'],
    ['after=9007199254740992', 'INVALID_CURSOR'],
    ['limit=0', 'INVALID_LIMIT'],
    ['limit=-5', 'INVALID_LIMIT'],
  ])('refuses ?%s', async (query, code) => {
    const answer = await request(node.server).get(`/log?${query}`).expect(400);
    expect(JSON.parse(answer.text).code).toBe(code);
  });

  it('never runs ahead of a reader that does not read, and ends when the reader leaves', async () => {
    for (let n = 0; n < 40; n += 1) await post(Buffer.alloc(900_000, 0x80 + n), 'image/png');
    const socket = await rawClient(node.port);
    socket.pause().write('GET /log HTTP/1.1\r\nhost: x\r\n\r\n');
    const [served] = await once(node.server, 'request');
    const { socket: serving } = served as { socket: NodeJS.Socket & { writableLength: number } };
    await eventually(() => serving.writableLength > 0);
    expect(serving.writableLength).toBeLessThan(4_000_000);
    socket.destroy();
    await node.stop.run(5_000, { warn: () => undefined, debug: () => undefined } as never);
    expect(node.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('GET /get-all', () => {
  it('is [] at first', async () => {
    expect((await request(node.server).get('/get-all').expect(200)).text).toBe('[]');
  });

  it('gives the bodies in order: documents as they are, text, other bytes', async () => {
    await post('{"n": 1.0}');
    await post('text', 'text/plain');
    await post(Buffer.from([0xfe]), 'image/png');
    await post('[ ]');
    const answer = await request(node.server).get('/get-all').expect(200);
    expect(answer.text).toBe('[{"n": 1.0},"text",{"bodyBase64":"/g=="},[ ]]');
    await request(node.server).head('/get-all').expect(200);
  });
});
