import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import request from 'supertest';
import { rawClient } from '../testing/raw-socket';
import { memoryStore, serveNode, type ServedNode } from '../testing/served-node';

jest.setTimeout(30_000);

const NOON = Date.UTC(2026, 10, 20, 12);

let clock: number;
let node: ServedNode;
beforeEach(async () => {
  clock = NOON;
  node = await serveNode({ now: () => clock });
});
afterEach(() => node.close());

const post = (body: string | Buffer, type = 'application/json') =>
  request(node.server)
    .post('/webhook')
    .set('content-type', type)
    .serialize((raw) => raw as string)
    .send(body);
const get = (path: string) => request(node.server).get(path);

describe('POST /webhook', () => {
  it('answers with the names of the entry', async () => {
    const body = '{"b":1, "a":2}';
    const canonical = '{"a":2,"b":1}';
    const digest = createHash('sha256').update(canonical).digest('hex');
    const id = [NOON / 1000, crc32c(canonical)].map((part) => part.toString(16).padStart(8, '0')).join('');
    const answer = await post(body).expect(200);
    expect(answer.body).toEqual({
      id,
      key: id + digest.slice(0, 56),
      digest,
      sequence: 1,
      duplicate: false,
      replication: { acknowledged: 1, required: 1 },
    });
  });

  it('recognises the same event within the window, and not beyond it', async () => {
    const first = await post('{"a":1,"b":2}');
    clock += 60_000;
    const again = await post('{"b":2,"a":1.0}');
    expect(again.body).toEqual({ ...first.body, duplicate: true });
    clock += 1;
    const later = await post('{"b":2,"a":1.0}');
    expect(later.body).toMatchObject({ sequence: 2, duplicate: false, digest: first.body.digest });
  });

  it('keeps every receipt, also of one second, when the window is 0', async () => {
    const open = await serveNode({ now: () => clock, dedupWindowSeconds: 0 });
    try {
      const send = () =>
        request(open.server).post('/webhook').set('content-type', 'application/json').send('{"a":1}');
      const answers = [await send(), await send()].map(({ body }) => body);
      expect(answers).toMatchObject([
        { sequence: 1, duplicate: false },
        { sequence: 2, duplicate: false, digest: answers[0].digest },
      ]);
    } finally {
      await open.close();
    }
  });

  it('never goes back in time', async () => {
    const first = await post('{"a":1}');
    clock -= 3_600_000;
    const second = await post('{"a":2}');
    expect(second.body.id > first.body.id || second.body.id.slice(0, 8) === first.body.id.slice(0, 8)).toBe(
      true,
    );
  });

  it('stores one entry for 64 copies at once, and tells all the same', async () => {
    const copies = Array.from({ length: 64 }, (_none, i) =>
      i % 2 === 0 ? '{"x":[1,2],"y":"z"}' : '{ "y":"z","x":[1.0,2] }',
    );
    const answers = await Promise.all(copies.map((body) => post(body)));
    expect(answers.map(({ status }) => status)).toEqual(copies.map(() => 200));
    expect(new Set(answers.map(({ body }) => `${body.key} ${body.sequence}`)).size).toBe(1);
    expect(answers.filter(({ body }) => !body.duplicate)).toHaveLength(1);
    expect(node.log.tail.position.sequence).toBe(1);
  });

  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  it.each([
    ['nothing', '', 'EMPTY_BODY', undefined],
    ['white space', ' \n\t', 'EMPTY_BODY', undefined],
    ['a missing value', '{"a":}', 'INVALID_JSON', 5],
    ['two documents', '{} {}', 'INVALID_JSON', 3],
    ['a comma too many', '[1,]', 'INVALID_JSON', 3],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'INVALID_UTF8', 2],
    ['UTF-16', Buffer.from('{}', 'utf16le'), 'INVALID_JSON', 1],
    ['a byte order mark', Buffer.from('\ufeff{}'), 'INVALID_JSON', 0],
    ['1025 levels', deep(1025), 'TOO_DEEP', 1024],
    ['100 000 levels', deep(100_000), 'TOO_DEEP', 1024],
    ['a scalar', '42', 'NOT_A_DOCUMENT', undefined],
    ['a string', '"text"', 'NOT_A_DOCUMENT', undefined],
    ['null', 'null', 'NOT_A_DOCUMENT', undefined],
  ])('refuses %s', async (_what, body, code, offset) => {
    const answer = await post(body).expect(400);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem = JSON.parse(answer.text);
    expect(problem).toMatchObject({ status: 400, code });
    if (offset !== undefined) expect(problem.offset).toBe(offset);
    expect(node.log.tail.position.sequence).toBe(0);
    await post('{"still":"alive"}').expect(200);
  });

  it('takes 1024 levels', async () => {
    await post(deep(1024)).expect(200);
  });

  it('refuses empty bytes too', async () => {
    const answer = await post('', 'text/plain').expect(400);
    expect(JSON.parse(answer.text).code).toBe('EMPTY_BODY');
  });

  it.each([
    ['application/json', 'json'],
    ['APPLICATION/JSON; charset=utf-8', 'json'],
    ['application/vnd.github.v3+json', 'json'],
    ['application/cloudevents+json;charset=UTF-8', 'json'],
    ['text/plain', 'bytes'],
    ['application/x-www-form-urlencoded', 'bytes'],
    ['application/jsonl', 'bytes'],
    ['multipart/form-data; boundary="x+json"', 'bytes'],
  ])('takes %s as %s', async (type, kind) => {
    const answer = await post('{"a":1}', type).expect(200);
    const entry = await get(`/webhooks/${answer.body.id}`).expect(200);
    expect(entry.body.kind).toBe(kind);
  });

  it('takes a body without a type as bytes', async () => {
    const socket = await rawClient(node.port);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket
      .resume()
      .write('POST /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3\r\n\r\n{ ]');
    await closed;
    expect((await get('/get-all')).text).toBe('["{ ]"]');
  });
});

describe('GET /webhooks/:id', () => {
  it('finds an entry by its ObjectId and by its key', async () => {
    const { body } = await post(' {"n": 1.50}\n');
    for (const id of [body.id, body.key]) {
      const entry = await get(`/webhooks/${id}`).expect(200);
      expect(entry.headers['content-type']).toMatch(/^application\/json/);
      expect(entry.text).toContain('"body": {"n": 1.50}\n}');
      expect(entry.body).toMatchObject({
        sequence: 1,
        id: body.id,
        key: body.key,
        digest: body.digest,
        receivedAt: NOON,
        origin: { node: 'here', store: '0123456789abcdef' },
        kind: 'json',
        headers: { 'content-type': 'application/json' },
        body: { n: 1.5 },
      });
    }
    await request(node.server)
      .head(`/webhooks/${body.id}`)
      .expect(200, undefined as never);
  });

  it('keeps text as a string and other bytes as base64', async () => {
    const text = await post('"quoted" ünïcode \u2028', 'text/plain');
    expect((await get(`/webhooks/${text.body.id}`)).body.body).toBe('"quoted" ünïcode \u2028');
    const bytes = await post(Buffer.from([0, 255, 254]), 'application/octet-stream');
    const entry = await get(`/webhooks/${bytes.body.id}`);
    expect(entry.body.bodyBase64).toBe('AP/+');
    expect(entry.body).not.toHaveProperty('body');
  });

  it.each([
    'x',
    'ABCDEF0123456789',
    '0123456789abcde',
    '0123456789abcdef0',
    `${'0'.repeat(71)}g`,
    '%00',
    '..%2f..',
    '0'.repeat(5000),
  ])('refuses %s as no id', async (id) => {
    const answer = await get(`/webhooks/${id}`).expect(400);
    expect(JSON.parse(answer.text).code).toBe('INVALID_ID');
  });

  it('does not know every id', async () => {
    const unknown = await get('/webhooks/0123456789abcdef').expect(404);
    expect(JSON.parse(unknown.text).code).toBe('UNKNOWN_ID');
    await get(`/webhooks/${'0'.repeat(72)}`).expect(404);
  });

  it('names the candidates of an ambiguous ObjectId', async () => {
    const [one, other] = documentsOfOneChecksum();
    const keys = [await post(one), await post(other)].map(({ body }) => body.key as string);
    expect(keys[0]?.slice(0, 16)).toBe(keys[1]?.slice(0, 16));
    const answer = await get(`/webhooks/${keys[0]?.slice(0, 16)}`).expect(409);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'AMBIGUOUS_ID', candidates: keys.sort() });
    const full = await get(`/webhooks/${keys[1]}`).expect(200);
    expect(full.body.key).toBe(keys[1]);
  });
});

/** crc32c has 32 bits: among 200 000 documents two with the same one are nearly certain, and always the same two. */
function documentsOfOneChecksum(): [string, string] {
  const seen = new Map<number, string>();
  for (let n = 0; n < 500_000; n += 1) {
    const document = `{"n":"${createHash('md5').update(String(n)).digest('base64')}"}`;
    const checksum = crc32c(document);
    const other = seen.get(checksum);
    if (other !== undefined) return [other, document];
    seen.set(checksum, document);
  }
  throw new Error('no two documents with one checksum');
}

describe('GET /webhooks', () => {
  beforeEach(async () => {
    for (let n = 0; n < 10; n += 1) {
      await post(`{"n":${n}}`);
      clock += 10_000;
    }
  });
  const numbersIn = (body: { entries: { body: { n: number } }[] }): number[] =>
    body.entries.map(({ body: { n } }) => n);

  it('lists by time, from first to before last', async () => {
    const { body } = await get(`/webhooks?from=${NOON + 20_000}&to=${NOON + 50_000}`).expect(200);
    expect(numbersIn(body)).toEqual([2, 3, 4]);
    expect(body.next).toBeNull();
  });

  it.each([
    ['2026-11-20T12:01:30Z', [9]],
    ['2026-11-20T12:01:30.000Z', [9]],
    ['2026-11-20T13:01:30+01:00', [9]],
    ['2026-11-20T13:01:30%2B01:00', [9]],
    ['2026-11-21', []],
  ])('reads %s', async (from, numbers) => {
    expect(numbersIn((await get(`/webhooks?from=${from}`).expect(200)).body)).toEqual(numbers);
  });

  it('pages through all of them once', async () => {
    const seen: number[] = [];
    let after = '';
    for (let page = 0; page < 4; page += 1) {
      const { body } = await get(`/webhooks?limit=3${after}`).expect(200);
      seen.push(...numbersIn(body));
      expect(body.next === null).toBe(page === 3);
      after = `&after=${body.next}`;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('has no next page when the last one is full', async () => {
    expect((await get('/webhooks?limit=10')).body.next).toBeNull();
    expect((await get('/webhooks?limit=9')).body.next).toHaveLength(72);
  });

  it.each([
    ['limit=0', 'INVALID_LIMIT'],
    ['limit=1001', 'INVALID_LIMIT'],
    ['limit=ten', 'INVALID_LIMIT'],
    ['limit=1.5', 'INVALID_LIMIT'],
    ['limit=', 'INVALID_LIMIT'],
    ['limit=1&limit=2', 'INVALID_LIMIT'],
    ['from=-1', 'INVALID_RANGE'],
    ['from=yesterday', 'INVALID_RANGE'],
    ['from=2026-11-20T12:00:00', 'INVALID_RANGE'],
    ['from=2026-13-40', 'INVALID_RANGE'],
    ['to=99999999999999999', 'INVALID_RANGE'],
    ['from=2000&to=1000', 'INVALID_RANGE'],
    ['after=12', 'INVALID_CURSOR'],
    [`after=${'A'.repeat(72)}`, 'INVALID_CURSOR'],
  ])('refuses ?%s', async (query, code) => {
    const answer = await get(`/webhooks?${query}`).expect(400);
    expect(JSON.parse(answer.text).code).toBe(code);
  });

  it('answers HEAD without a body', async () => {
    const answer = await request(node.server).head('/webhooks').expect(200);
    expect(answer.text ?? '').toBe('');
  });
});

describe('a store', () => {
  it('still has everything after a clean stop', async () => {
    const store = memoryStore();
    const first = await serveNode({ store });
    const { body } = await request(first.server).post('/webhook').send({ kept: true });
    await first.close();
    const second = await serveNode({ store });
    const entry = await request(second.server).get(`/webhooks/${body.id}`).expect(200);
    expect(entry.body.body).toEqual({ kept: true });
    await second.close();
  });
});
