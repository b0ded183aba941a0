import type { Replicated } from '../routes/write-concern';
import { eventually } from '../testing/eventually';
import { exchange, heard, problemIn, rawClient } from '../testing/raw-socket';
import { serveNode, type ServedNode } from '../testing/served-node';

const LIMITS = { requestsInFlightMax: 4, sourceShareMax: 0.5, loopDelayMsMax: 100, lookEveryMs: 3_600_000 };
const HEAD = 'HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\nconnection: close\r\n';
const DOORS = ['/webhook', '/Webhook', '/webhooks', '/insert', '/messages'];
const requestTo = (path: string, body: string): string =>
  `POST ${path} ${HEAD}content-length: ${body.length}\r\n\r\n${body}`;

let node: ServedNode;
beforeEach(async () => {
  node = await serveNode({ overload: LIMITS });
});
afterEach(() => node.close());

/** A client that has sent its headers, and stays. */
async function slowClient(): Promise<() => void> {
  const before = node.overload.requestsInFlight;
  const socket = await rawClient(node.port);
  socket.write(`POST /webhook ${HEAD}content-length: 9\r\n\r\n`);
  await eventually(() => node.overload.requestsInFlight === before + 1);
  return () => socket.destroy();
}

describe('a node that has too much to do', () => {
  it.each([
    ['comes late', { lateMs: 101, levelZeroFiles: 0 }],
    ['has to compact', { lateMs: 0, levelZeroFiles: 11 }],
  ])('refuses while it %s, before the body, and not longer', async (_why, seen) => {
    node.overload.note(seen);
    for (const path of DOORS) {
      const socket = await rawClient(node.port);
      const answer = heard(socket, '"OVERLOADED"');
      socket.write(`POST ${path} ${HEAD}content-length: 9\r\n\r\n`);
      expect(await answer).toMatch(/^HTTP\/1\.1 503 [^]*\r\nretry-after: [1-3]\r\n/);
      socket.destroy();
    }
    expect(node.log.tail.position.sequence).toBe(0);
    node.overload.note({ lateMs: 100, levelZeroFiles: 10 });
    expect(await exchange(node.port, requestTo('/webhook', 'x'))).toMatch(/^HTTP\/1\.1 200/);
  });

  it('tells operators once that it refuses, and once that it does not any longer', () => {
    for (const lateMs of [200, 300, 0, 0]) node.overload.note({ lateMs, levelZeroFiles: 0 });
    const lines = node.lines.filter(({ msg }) => /strained/.test(String(msg)));
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  it('gives one address no more than its share, and takes it again when there is room', async () => {
    const leave = [await slowClient(), await slowClient()];
    expect(problemIn(await exchange(node.port, requestTo('/webhook', 'x')))).toMatchObject({
      status: 503,
      code: 'OVERLOADED',
    });
    const other = node.overload.enter('192.0.2.1');
    other.leave();
    other.leave();
    expect(node.overload.requestsInFlight).toBe(2);
    leave[0]?.();
    await eventually(() => node.overload.requestsInFlight === 1);
    expect(await exchange(node.port, requestTo('/webhook', 'x'))).toMatch(/^HTTP\/1\.1 200/);
    leave[1]?.();
    await eventually(() => node.overload.requestsInFlight === 0);
  });

  it.each(['/webhook', '/messages'])(
    'has places for others while a client at %s waits for other nodes',
    async (path) => {
      let answer = (_state: Replicated): void => undefined;
      const waiting = new Promise<Replicated>((resolve) => (answer = resolve));
      const other = await serveNode({
        overload: { ...LIMITS, requestsInFlightMax: 1, sourceShareMax: 1 },
        concerns: { admit: () => undefined, wait: () => waiting },
      });
      const body = '{"message":"x"}';
      const asked = exchange(other.port, requestTo(`${path}?wc=2`, body));
      await eventually(() => other.log.tail.position.sequence === 1 && other.overload.requestsInFlight === 0);
      expect(await exchange(other.port, requestTo('/webhook', 'y'))).toMatch(/^HTTP\/1\.1 200/);
      answer({ sequence: 1, acknowledged: 2, required: 2, met: true });
      expect(await asked).toMatch(/^HTTP\/1\.1 20[01]/);
      await other.close();
    },
  );

  it('counts who was refused, by what there was too much of', () => {
    const refused = (): void => expect(() => node.overload.enter('e')).toThrow();
    node.overload.note({ lateMs: 101, levelZeroFiles: 0 });
    refused();
    node.overload.note({ lateMs: 0, levelZeroFiles: 11 });
    refused();
    node.overload.note({ lateMs: 0, levelZeroFiles: 0 });
    const places = ['e', 'e', 'c'].map((source) => node.overload.enter(source));
    refused();
    places.push(node.overload.enter('d'));
    expect(() => node.overload.enter('f')).toThrow();
    for (const place of places) place.leave();
    expect(node.overload.refusals.read().map(({ labels, value }) => [labels['reason'], value])).toEqual([
      ['delay', 1],
      ['compaction', 1],
      ['share', 1],
      ['requests', 1],
    ]);
  });

  it('keeps the longest delay of each look', async () => {
    const one = await serveNode({ overload: { lookEveryMs: 20 } });
    try {
      await eventually(() => {
        const until = performance.now() + 40;
        while (performance.now() < until);
        return one.overload.loopDelays.read().sum > 0;
      });
      expect(one.overload.loopDelays.read().count).toBeGreaterThan(0);
    } finally {
      await one.close();
    }
  });

  it('has no more requests under way than it may, of whomever', () => {
    const places = ['a', 'b', 'c', 'd'].map((source) => node.overload.enter(source));
    expect(() => node.overload.enter('e')).toThrow('4 requests under way');
    places[0]?.leave();
    node.overload.enter('e').leave();
    for (const place of places) place.leave();
    expect(node.overload.requestsInFlight).toBe(0);
  });

  it('keeps no place for a request that was refused', async () => {
    for (const body of ['', '{"a":']) {
      const asked = requestTo('/webhook?wc=9', body).replace('text/plain', 'application/json');
      expect(await exchange(node.port, asked)).toMatch(/^HTTP\/1\.1 400/);
    }
    expect(node.overload.requestsInFlight).toBe(0);
  });
});

describe('the share of one address in the bytes in flight', () => {
  it('is refused by the declared length, before a byte is read', async () => {
    const one = await serveNode({
      bodyBytesMax: 100,
      bodyBytesInFlightMax: 1000,
      overload: { sourceShareMax: 0.2 },
    });
    const sockets = await Promise.all([1, 2].map(() => rawClient(one.port)));
    for (const socket of sockets)
      socket.write(`POST /webhook ${HEAD}content-length: 100\r\n\r\n${'x'.repeat(99)}`);
    await eventually(() => one.bodies.bytesInFlight === 198);
    const socket = await rawClient(one.port);
    const answer = heard(socket, 'one client');
    socket.write(`POST /webhook ${HEAD}content-length: 3\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1\.1 503/);
    for (const each of [...sockets, socket]) each.destroy();
    await one.close();
  });
});
