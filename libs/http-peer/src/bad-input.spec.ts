import fc from 'fast-check';
import { type AppendRequest, encodeAppend } from '@hooklog/sync-protocol';
import { START } from '@hooklog/ordered-log';
import { Cluster, untilEqual } from './testing/cluster';
import type { Master, Slave } from './testing/nodes';
import { get, openRequest, post } from './testing/raw-request';
import { take } from './testing/webhooks';

const NOW = Date.now();
const NO_CHAIN = Buffer.alloc(16);

describe('bad input on the peer routes: a coded error, nothing stored, and the node goes on', () => {
  const cluster = new Cluster();
  afterEach(() => cluster.closeAll());

  it('appends: garbage, truncated and altered frames', async () => {
    const [master, slave] = [await cluster.master(), await cluster.slave()];
    await take(master.log, 'a', 5, NOW);
    const records = await master.log.records(START);
    const append = { ...appendTo(slave, master), records };
    const whole = encodeAppend(append);
    const bad = [
      ['nothing', Buffer.alloc(0), 'BAD_FRAME'],
      ['garbage', Buffer.from('garbage'.repeat(20)), 'BAD_FRAME'],
      ['another version', Buffer.from(whole).fill(9, 0, 1), 'BAD_FRAME'],
      ['truncated', whole.subarray(0, -1), 'BAD_FRAME'],
      ['a byte too many', Buffer.concat([whole, Buffer.alloc(1)]), 'BAD_FRAME'],
      [
        'a changed frame',
        Buffer.from(whole).fill(0xee, whole.length - 40, whole.length - 30),
        'DAMAGED_FRAME',
      ],
      ['another store', encodeAppend({ ...append, store: 'e'.repeat(16) }), 'STORE_CHANGED'],
    ] as const;
    for (const [what, body, code] of bad) {
      const answer = await post(slave.site.url, '/peer/v1/append', body);
      expect([what, answer.status, answer.json().code]).toEqual([what, 400, code]);
    }
    expect(slave.log.tail.position).toEqual(START);
    await master.join(slave);
    await untilEqual(master.log, slave.log);
  });

  it('appends: any flipped bit and any random bytes', async () => {
    const [master, slave] = [await cluster.master(), await cluster.slave()];
    await take(master.log, 'a', 3, NOW);
    const records = await master.log.records(START);
    const whole = encodeAppend({ ...appendTo(slave, master), records });
    const flipped = fc.nat(whole.length * 8 - 1).map((bit) => {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return bytes;
    });
    const random = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.oneof(flipped, random), async (body) => {
        const answer = await post(slave.site.url, '/peer/v1/append', body);
        // A flipped epoch or place is answered with where to go on; anything else is a coded error.
        if (answer.status !== 200)
          expect(['BAD_FRAME', 'DAMAGED_FRAME', 'FORMAT_UNKNOWN', 'STORE_CHANGED']).toContain(
            answer.json().code,
          );
        expect([0, 3]).toContain(slave.log.tail.position.sequence);
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it('appends: larger than the limit, with and without a length', async () => {
    const slave = await cluster.slave('slave-1', { limits: { appendBytesMax: 10_000 } });
    const declared = await post(slave.site.url, '/peer/v1/append', Buffer.alloc(3_000_000));
    expect([declared.status, declared.json().code]).toEqual([400, 'BAD_FRAME']);
    const { request, response } = openRequest(slave.site.url, '/peer/v1/append', {
      'transfer-encoding': 'chunked',
    });
    for (let i = 0; i < 100; i += 1) request.write(Buffer.alloc(10_000));
    request.end();
    expect((await response).statusCode).toBe(400);
  });

  it('appends: more at once than are allowed are told to come back', async () => {
    const slave = await cluster.slave('slave-1', { limits: { appendsMax: 1 } });
    const slow = openRequest(slave.site.url, '/peer/v1/append', { 'content-length': '100' });
    slow.request.write(Buffer.alloc(10));
    for (;;) {
      const answer = await post(slave.site.url, '/peer/v1/append', Buffer.alloc(1));
      if (answer.json().code === 'OVERLOADED') break;
      expect(answer.json().code).toBe('BAD_FRAME');
    }
    slow.request.destroy();
  });

  it.each([
    ['/peer/v1/pending', 'BAD_FRAME'],
    ['/peer/v1/pending?store=eeeeeeeeeeeeeeee', 'STORE_CHANGED'],
    ['/peer/v1/pending?store=OWN&after=-1', 'BAD_FRAME'],
    ['/peer/v1/pending?store=OWN&after=99999999999999999999', 'BAD_FRAME'],
    ['/peer/v1/pending?store=OWN&store=OWN', 'BAD_FRAME'],
  ])('pending streams: %s', async (path, code) => {
    const slave = await cluster.slave();
    const answer = await get(slave.site.url, path.replaceAll('OWN', slave.log.store));
    expect([answer.status, answer.json().code]).toEqual([400, code]);
  });

  it.each([
    ['garbage', 'x'],
    ['null', 'null'],
    ['nothing', ''],
    ['too large', JSON.stringify({ node: 'a'.repeat(10_000) })],
    ['no store', JSON.stringify({ node: 'a', url: 'http://127.0.0.1:1' })],
    ['a store in capitals', registration({ store: 'E'.repeat(16) })],
    ['a node with a space', registration({ node: 'a b' })],
    ['a node with a line break', registration({ node: 'a\nb' })],
    ['a file', registration({ url: 'file:///etc/passwd' })],
    ['a password in the URL', registration({ url: 'http://user:secret@127.0.0.1:1' })],
    ['a query in the URL', registration({ url: 'http://127.0.0.1:1/?a=b' })],
    ['a fragment in the URL', registration({ url: 'http://127.0.0.1:1/#a' })],
    ['no URL', registration({ url: 'localhost' })],
  ])('registrations: %s', async (_, body) => {
    const master = await cluster.master();
    const answer = await post(master.site.url, '/register', body);
    expect([answer.status, answer.json().code]).toEqual([400, 'BAD_REGISTRATION']);
    expect(master.replication.secondaries()).toEqual([]);
    expect((await post(master.site.url, '/register', registration({}))).json()).toEqual({
      node: 'master',
      epoch: 1,
    });
  });
});

function appendTo({ log: { store } }: Slave, { log, site }: Master): Omit<AppendRequest, 'records'> {
  const leader = { node: log.node, url: site.url };
  const place = { previous: START, previousChain: NO_CHAIN, commit: START };
  return { store, cluster: log.cluster, epoch: log.tail.epoch, leader, ...place };
}

function registration(fields: object): string {
  return JSON.stringify({ node: 'slave-1', store: 'e'.repeat(16), url: 'http://127.0.0.1:9', ...fields });
}
