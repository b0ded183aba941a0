import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { identify } from '@hooklog/object-id';
import type { OrderedLog } from '@hooklog/ordered-log';
import { Cluster } from './testing/cluster';
import { eventually } from './testing/eventually';
import type { Slave } from './testing/nodes';
import { openRequest, post } from './testing/raw-request';
import { take, webhook } from './testing/webhooks';

const AT = 1_700_000_000;
const PATH = '/master_sync';

describe('POST /master_sync, as the webhook seed speaks it', () => {
  const cluster = new Cluster();
  afterEach(() => cluster.closeAll());

  async function slaveWith(...webhooks: [text: string, seconds: number][]): Promise<Slave> {
    const slave = await cluster.slave('slave-1', { now: () => (AT + 200) * 1000 });
    for (const [text, seconds] of webhooks) await slave.log.append(webhook(text, seconds * 1000));
    return slave;
  }
  const idOf = (text: string, seconds: number): string =>
    webhook(text, seconds * 1000).key.toString('hex', 0, 8);
  const keyOf = (text: string, seconds: number): string => webhook(text, seconds * 1000).key.toString('hex');
  const crcOf = (text: string): number => identify(webhook(text, 0).body, 0).crc32c;
  const range = (ids: string[]): string =>
    JSON.stringify({ slave_range_start: AT, slave_range_end: AT + 150, master_ids: ids });

  it('answers what the master lacks, sorted by time, within the half-open range', async () => {
    const slave = await slaveWith(
      ['before', AT - 1],
      ['a', AT],
      ['b', AT + 10],
      ['c', AT + 149],
      ['end', AT + 150],
    );
    const answer = await post(slave.site.url, PATH, range([idOf('b', AT + 10)]));
    expect(answer.status).toBe(200);
    expect(answer.lines()).toEqual([
      { id: idOf('a', AT), hash: crcOf('a'), timestamp: AT, data: { text: 'a' } },
      { id: idOf('c', AT + 149), hash: crcOf('c'), timestamp: AT + 149, data: { text: 'c' } },
    ]);
  });

  it.each([
    ['60 s before', -60, true],
    ['61 s before', -61, false],
    ['60 s after', 60, true],
    ['61 s after', 61, false],
  ])('a copy %s is the same event: %s', async (_, shift, same) => {
    const at = AT + 70;
    const slave = await slaveWith(['x', at]);
    for (const id of [idOf('x', at + shift), keyOf('x', at + shift)]) {
      expect((await post(slave.site.url, PATH, range([id]))).lines()).toHaveLength(same ? 0 : 1);
    }
    const flat = `[${crcOf('x')}, ${at + shift}]`;
    const query = `?slave_range_start=${AT}&slave_range_end=${AT + 150}`;
    expect((await post(slave.site.url, PATH + query, flat)).lines()).toHaveLength(same ? 0 : 1);
  });

  it('reads the flat form over the last five minutes but one, unless the query says otherwise', async () => {
    const now = AT + 200;
    const slave = await slaveWith(['old', now - 301], ['a', now - 300], ['b', now - 61], ['young', now - 60]);
    const texts = async (path: string): Promise<unknown[]> =>
      (await post(slave.site.url, path, '[]')).lines().map(({ data }) => (data as { text: string }).text);
    expect(await texts(PATH)).toEqual(['a', 'b']);
    expect(await texts(`${PATH}?slave_range_start=0&slave_range_end=4294967295`)).toEqual([
      'old',
      'a',
      'b',
      'young',
    ]);
  });

  it('keeps a document on one line, and other bodies as text or base64', async () => {
    const slave = await slaveWith();
    const bodies = ['{\n "n": 1.0,\r\n "n": 1e400\n}', 'plain "text"\n', Buffer.from([0xff, 0x00])];
    for (const [i, text] of bodies.entries()) {
      const [body, receivedAt, kind] = [
        Buffer.from(text),
        (AT + i) * 1000,
        i === 0 ? 'json' : 'bytes',
      ] as const;
      const { key, digest } = identify(body, receivedAt, { kind });
      await slave.log.append({ key, digest, receivedAt, kind, headers: [], body });
    }
    const { body } = await post(slave.site.url, PATH, range([]));
    const [json, text, bytes] = body.toString().split('\n');
    expect(json).toContain('"data":{  "n": 1.0,   "n": 1e400 }}');
    expect(JSON.parse(text as string)).toMatchObject({ data: 'plain "text"\n' });
    expect(JSON.parse(bytes as string)).toMatchObject({ dataBase64: '/wA=' });
  });

  it('answers while the request is still arriving', async () => {
    const slave = await slaveWith(['a', AT], ['b', AT + 100]);
    const { request, response } = openRequest(slave.site.url, PATH);
    request.write(
      `{"slave_range_start":${AT},"slave_range_end":${AT + 150},"master_ids":["${idOf('other', AT + 61)}"`,
    );
    const lines = createInterface({ input: await response })[Symbol.asyncIterator]();
    expect(JSON.parse((await lines.next()).value as string)).toMatchObject({ timestamp: AT });
    request.end(']}');
    expect(JSON.parse((await lines.next()).value as string)).toMatchObject({ timestamp: AT + 100 });
    expect((await lines.next()).done).toBe(true);
  });

  it('stops reading its log when the connection closes', async () => {
    const counts = { read: 0, closed: 0 };
    const slave = await cluster.slave('slave-1', { seen: (log) => countingKeys(log, counts) });
    await take(slave.log, 'x'.repeat(10_000), 3000, AT * 1000);
    const { request, response } = openRequest(slave.site.url, PATH);
    request.end(range([]));
    const head = await response;
    await once(head, 'readable');
    head.destroy();
    await eventually(() => counts.closed === 1, 'the iterator over the log is closed');
    expect(counts.read).toBeLessThan(3000);
    expect(counts.read).toBeGreaterThan(0);
  });

  it('stops reading its log when the master goes away in the middle of its list', async () => {
    const counts = { read: 0, closed: 0 };
    const slave = await cluster.slave('slave-1', { seen: (log) => countingKeys(log, counts) });
    await take(slave.log, 'a', 100, (AT + 70) * 1000);
    const { request } = openRequest(slave.site.url, PATH);
    request.write(
      `{"slave_range_start":${AT},"slave_range_end":${AT + 150},"master_ids":["${idOf('other', AT + 61)}"`,
    );
    await eventually(() => counts.read === 1, 'waits for the next id');
    request.destroy();
    await eventually(() => counts.closed === 1, 'the iterator over the log is closed');
  });

  it.each([
    ['unsorted ids', range([idOf('b', AT + 5), idOf('a', AT)]), 'IDS_UNSORTED'],
    ['an unsorted flat list', `[1, ${AT}, 2, ${AT - 1}]`, 'IDS_UNSORTED'],
    [
      'a range after the ids',
      `{"master_ids": [], "slave_range_start": 1, "slave_range_end": 2}`,
      'BAD_ID_LIST',
    ],
    ['no JSON', 'garbage', 'BAD_ID_LIST'],
    ['an empty body', '', 'BAD_ID_LIST'],
    ['half a list', range([]).slice(0, -1), 'BAD_ID_LIST'],
    ['a megabyte of one string', `["${'a'.repeat(1_000_000)}"`, 'BAD_ID_LIST'],
    ['a megabyte of one number', `[${'9'.repeat(1_000_000)}`, 'BAD_ID_LIST'],
    ['a flat list without its last timestamp', '[1]', 'BAD_ID_LIST'],
    ['megabytes behind the mistake', `[x${' '.repeat(8_000_000)}]`, 'BAD_ID_LIST'],
  ])('refuses %s with a code, and goes on', async (_, body, code) => {
    const slave = await slaveWith();
    const refused = await post(slave.site.url, PATH, body);
    expect([refused.status, refused.json().code]).toEqual([400, code]);
    expect(typeof refused.json().offset).toBe('number');
    expect((await post(slave.site.url, PATH, '[]')).status).toBe(200);
  });

  it('cuts an answer that has begun when the rest of the list is wrong', async () => {
    const slave = await slaveWith(['a', AT]);
    const { request, response } = openRequest(slave.site.url, PATH);
    request.write(
      `{"slave_range_start":${AT},"slave_range_end":${AT + 150},"master_ids":["${idOf('other', AT + 61)}"`,
    );
    const head = await response;
    await once(head, 'readable');
    request.end(`,"${idOf('x', AT)}"]}`);
    await expect(head.toArray()).rejects.toThrow();
    expect((await post(slave.site.url, PATH, '[]')).status).toBe(200);
  });

  it.each(['slave_range_start=x', 'slave_range_end=-1', 'slave_range_start=5&slave_range_end=4'])(
    'refuses the query %s',
    async (query) => {
      const slave = await slaveWith();
      const refused = await post(slave.site.url, `${PATH}?${query}`, '[]');
      expect([refused.status, refused.json().code]).toEqual([400, 'BAD_ID_LIST']);
    },
  );
});

function countingKeys(log: OrderedLog, counts: { read: number; closed: number }): OrderedLog {
  async function* keys(range: Parameters<OrderedLog['keys']>[0]): AsyncGenerator {
    try {
      for await (const one of log.keys(range)) {
        counts.read += 1;
        yield one;
      }
    } finally {
      counts.closed += 1;
    }
  }
  return new Proxy(log, {
    get(target, name) {
      if (name === 'keys') return keys;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
