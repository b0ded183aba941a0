import request from 'supertest';
import { eventually } from '../testing/eventually';
import { exchange, heard, heardUntilClose, problemIn, rawClient } from '../testing/raw-socket';
import { serveNode, type ServedNode } from '../testing/served-node';

/** What is tried at a node's port by somebody who means no good: raw bytes, and what came of them. */

const LIMITS = {
  headersTimeoutMs: 300,
  requestTimeoutMs: 60_000,
  connectionsCheckingIntervalMs: 20,
  headerBytesMax: 4000,
  headersMax: 30,
  urlBytesMax: 1000,
  bodyBytesPerSecondMin: 1000,
  bodyGraceMs: 60,
};
/** POST /webhook in front of Express, and the same route behind it. */
const DOORS = ['/webhook', '/webhook/'] as const;
const SMUGGLED = 'POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 16\r\n\r\n{"smuggled":true}';

let node: ServedNode;
beforeEach(async () => {
  node = await serveNode({ server: LIMITS });
});
afterEach(() => node.close());

const answersIn = (said: string): string[] => said.match(/HTTP\/1\.1 \d+/g) ?? [];
const stored = (): number => node.log.tail.position.sequence;

async function stillServes(before: number): Promise<void> {
  expect(stored()).toBe(before);
  await request(node.server).post('/webhook').send({ still: 'here' }).expect(200);
  expect(stored()).toBe(before + 1);
}

describe.each(DOORS)('POST %s', (path) => {
  it.each([
    ['both lengths', ['content-length: 4', 'transfer-encoding: chunked'], '0\r\n\r\n'],
    ['both lengths, the other way round', ['transfer-encoding: chunked', 'content-length: 4'], '0\r\n\r\n'],
    ['two lengths', ['content-length: 2', 'content-length: 60'], '{}'],
    ['two equal lengths', ['content-length: 2', 'content-length: 2'], '{}'],
    ['a list of lengths', ['content-length: 2, 60'], '{}'],
    ['a signed length', ['content-length: +2'], '{}'],
    ['a negative length', ['content-length: -1'], '{}'],
    ['a hexadecimal length', ['content-length: 0x2'], '{}'],
    ['a length that overflows', ['content-length: 99999999999999999999'], '{}'],
    ['an unknown transfer coding', ['transfer-encoding: xchunked'], '0\r\n\r\n'],
    ['chunked and then another coding', ['transfer-encoding: chunked, identity'], '0\r\n\r\n'],
    ['a space in front of the colon', ['transfer-encoding : chunked'], '0\r\n\r\n'],
    ['a tab in front of the colon', ['content-length\t: 2'], '{}'],
    ['a header that goes on in the next line', ['x-folded: a', ' content-length: 2'], '{}'],
    ['a line break within a header', ['x-broken: a\ncontent-length: 2'], '{}'],
    ['a zero byte within a header', ['x-zero: a\0b'], '{}'],
    ['a chunk without a size', ['transfer-encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'],
    ['a chunk whose size overflows', ['transfer-encoding: chunked'], 'ffffffffffffffffff\r\n{}\r\n0\r\n\r\n'],
    ['a chunk that is longer than its size', ['transfer-encoding: chunked'], '2\r\n{}{}\r\n0\r\n\r\n'],
  ])('smuggles nothing past %s', async (_what, headers, body) => {
    const head = [`POST ${path} HTTP/1.1`, 'host: x', 'content-type: text/plain', ...headers].join('\r\n');
    const said = await exchange(node.port, `${head}\r\n\r\n${body}${SMUGGLED}`);
    expect(answersIn(said)).toEqual(['HTTP/1.1 400']);
    await stillServes(0);
  });

  it('refuses a URL that is too long, and does not take the webhook', async () => {
    const query = `?wc=${'1'.repeat(LIMITS.urlBytesMax)}`;
    const said = await exchange(
      node.port,
      `POST ${path}${query} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}`,
    );
    expect(problemIn(said)).toMatchObject({ status: 414, code: 'URL_TOO_LONG' });
    await stillServes(0);
  });

  it('refuses it as well from a client that waits to be told to go on', async () => {
    const head = [
      `POST ${path}?${'x'.repeat(LIMITS.urlBytesMax)} HTTP/1.1`,
      'host: x',
      'expect: 100-continue',
    ];
    const said = await exchange(node.port, [...head, 'content-length: 2', '', '{}'].join('\r\n'));
    expect(said).toContain('"code":"URL_TOO_LONG"');
    await stillServes(0);
  });

  it.each([
    ['large', `x: ${'a'.repeat(LIMITS.headerBytesMax)}\r\n`],
    ['many', 'x: a\r\n'.repeat(LIMITS.headersMax)],
    ['too many to count', 'x: a\r\n'.repeat(600)],
  ])('refuses headers that are too %s', async (_what, headers) => {
    const said = await exchange(
      node.port,
      `POST ${path} HTTP/1.1\r\nhost: x\r\n${headers}content-length: 2\r\n\r\n{}`,
    );
    expect(problemIn(said)).toMatchObject({ status: 431, code: 'HEADERS_TOO_LARGE' });
    await stillServes(0);
  });

  it('ends a body that drips in, and holds nothing of it', async () => {
    const socket = await rawClient(node.port);
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{"a":"`);
    const timer = setInterval(() => socket.writable && socket.write('a'), 5);
    const said = await heardUntilClose(socket);
    clearInterval(timer);
    expect(problemIn(said)).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' });
    await eventually(() => node.bodies.bytesInFlight === 0);
    await stillServes(0);
  });

  it('answers what came before pipelined garbage, and nothing behind it', async () => {
    const good = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\n{"a":1}`;
    const socket = await rawClient(node.port);
    socket.write(good);
    expect(await heard(socket, '"sequence":1')).toContain('HTTP/1.1 200');
    socket.write(`\0\0 nonsense\r\n\r\n${SMUGGLED}`);
    expect(answersIn(await heardUntilClose(socket))).toEqual(['HTTP/1.1 400']);
    await stillServes(1);
  });

  it('answers a thousand pipelined requests in their order', async () => {
    const bodies = Array.from({ length: 1000 }, (_none, i) => `{"i":${i}}`);
    const requests = bodies.map((body, i) => {
      const close = i === 999 ? 'connection: close\r\n' : '';
      return `POST ${path} HTTP/1.1\r\nhost: x\r\n${close}content-length: ${body.length}\r\n\r\n${body}`;
    });
    const said = await exchange(node.port, requests.join(''));
    const answers = answersIn(said);
    expect(answers).toHaveLength(1000);
    // beyond what one client may have under way it is refused: in order all the same, and none is lost on the way
    expect(answers.filter((answer) => answer === 'HTTP/1.1 200')).toHaveLength(stored());
    const sequences = [...said.matchAll(/"sequence":(\d+)/g)].map(([, sequence]) => Number(sequence));
    expect(sequences).toEqual(Array.from({ length: stored() }, (_none, i) => i + 1));
    expect(stored()).toBeGreaterThan(0);
  });
});

describe('a connection', () => {
  it.each([
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n'],
    ['HTTP/2 without TLS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a space within the path', 'GET /li vez HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a line break within the path', 'GET /livez\nx HTTP/1.1\r\nhost: x\r\n\r\n'],
  ])('with %s is refused', async (_what, bytes) => {
    const said = await exchange(node.port, bytes);
    expect(answersIn(said)).toEqual(['HTTP/1.1 400']);
    await stillServes(0);
  });

  it.each([
    [
      'two hosts, of which none is used',
      'GET /livez HTTP/1.1\r\nhost: x\r\nhost: y\r\nconnection: close\r\n\r\n',
      ['HTTP/1.1 200'],
    ],
    ['HTTP/0.9', 'GET /livez\r\n\r\n', ['HTTP/1.1 200']],
    ['a tunnel', 'CONNECT other.test:443 HTTP/1.1\r\nhost: other.test\r\n\r\n', []],
    ['a trace', 'TRACE /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', ['HTTP/1.1 405']],
    [
      'an upgrade',
      'GET /livez HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n',
      ['HTTP/1.1 200'],
    ],
    [
      'a path out of the tree',
      'GET /../../etc/passwd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      ['HTTP/1.1 404'],
    ],
    [
      'a path that cannot be decoded',
      'GET /%ff%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      ['HTTP/1.1 404'],
    ],
    [
      'the URL of another host',
      'GET http://other.test/livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      ['HTTP/1.1 200'],
    ],
  ])('gets no more than that for %s', async (_what, bytes, answers) => {
    expect(answersIn(await exchange(node.port, bytes))).toEqual(answers);
    await stillServes(0);
  });

  it('that says half a head and waits is ended, and so are a hundred of them', async () => {
    const half = 'POST /webhook HTTP/1.1\r\nhost: x\r\nx: ';
    const said = await Promise.all(Array.from({ length: 100 }, () => exchange(node.port, half)));
    for (const answer of said) expect(problemIn(answer)).toMatchObject({ status: 408 });
    await stillServes(0);
  });
});
