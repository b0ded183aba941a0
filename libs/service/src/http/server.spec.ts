import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import request from 'supertest';
import { eventually } from '../testing/eventually';
import { exchange, heardUntilClose, problemIn, rawClient } from '../testing/raw-socket';
import { serveNode, type ServedNode } from '../testing/served-node';
import { SERVER_LIMITS, urlOf } from './server';

const QUICK = {
  headersTimeoutMs: 80,
  requestTimeoutMs: 160,
  connectionsCheckingIntervalMs: 20,
  headerBytesMax: 2000,
};

/** More than node lets wait unless it is told to. */
const BURST = 1000;
const SOMAXCONN = '/proc/sys/net/core/somaxconn';
/** Prints how many connections to a port are accepted, by the system at least, when so many come at once. */
const CONNECT = `
  const [port, count] = process.argv.slice(1).map(Number);
  let connected = 0;
  const end = () => { console.log(connected); process.exit(); };
  setTimeout(end, 5000);
  for (let i = 0; i < count; i++)
    require('node:net').connect(port, '127.0.0.1', () => { if (++connected === count) end(); }).on('error', () => undefined);
`;

describe('a server', () => {
  let node: ServedNode;
  beforeEach(async () => {
    node = await serveNode({ server: QUICK });
  });
  afterEach(() => node.close());

  /** One byte at a time, for as long as the server listens. */
  async function drip(text: string): Promise<string> {
    const socket = await rawClient(node.port);
    let next = 0;
    const timer = setInterval(() => socket.writable && socket.write(text[next++ % text.length] ?? ''), 5);
    const answer = await heardUntilClose(socket);
    clearInterval(timer);
    return answer;
  }

  it('ends headers that drip in', async () => {
    const answer = await drip(
      'GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    );
    expect(problemIn(answer)).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' });
  });

  it('ends headers that never come', async () => {
    const answer = await heardUntilClose(await rawClient(node.port));
    expect(problemIn(answer)).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' });
  });

  it('ends a body that stops half way, and stores nothing of it', async () => {
    const answer = await exchange(
      node.port,
      'POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf',
    );
    expect(problemIn(answer)).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' });
    expect(node.log.tail.position.sequence).toBe(0);
    await eventually(() => node.bodies.bytesInFlight === 0);
  });

  it('goes on with others meanwhile', async () => {
    const slow = Promise.all(Array.from({ length: 20 }, () => drip('GET /webhooks HTTP/1.1\r\nx: ')));
    await request(node.server).post('/webhook').send({ a: 1 }).expect(200);
    await slow;
    await request(node.server).post('/webhook').send({ a: 2 }).expect(200);
  });

  it('has room for a burst of connections while it is busy', () => {
    const room = existsSync(SOMAXCONN)
      ? Number(readFileSync(SOMAXCONN, 'utf8'))
      : SERVER_LIMITS.connectionsMax;
    const burst = Math.min(BURST, room);
    // its event loop stands still until all of them have come
    const { stdout } = spawnSync(process.execPath, ['-e', CONNECT, String(node.port), String(burst)]);
    expect(Number(stdout.toString())).toBe(burst);
  });

  it('refuses headers above its limit', async () => {
    const answer = await exchange(
      node.port,
      `GET /livez HTTP/1.1\r\nhost: x\r\nx-big: ${'a'.repeat(3000)}\r\n\r\n`,
    );
    expect(problemIn(answer)).toMatchObject({ status: 431, code: 'HEADERS_TOO_LARGE' });
  });

  it.each([
    'nonsense\r\n\r\n',
    '\0\0\0\0\0\0\r\n\r\n',
    'GET /livez HTTP/9.9\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03',
  ])('refuses what is not HTTP: %p', async (bytes) => {
    expect(problemIn(await exchange(node.port, bytes))).toMatchObject({
      status: 400,
      code: 'MALFORMED_REQUEST',
    });
  });

  it('answers unknown routes, and unknown methods of known ones', async () => {
    const unknown = await request(node.server).get('/nothing').expect(404);
    expect(JSON.parse(unknown.text).code).toBe('UNKNOWN_ROUTE');
    const method = await request(node.server).delete('/webhooks').expect(405);
    expect(JSON.parse(method.text).code).toBe('METHOD_NOT_ALLOWED');
    expect(method.headers['allow']).toBe('GET, HEAD, POST');
  });

  it.each([
    ['GET', '/webhook', 'POST'],
    ['PUT', '/webhook', 'POST'],
    ['OPTIONS', '/log', 'GET, HEAD'],
    ['POST', '/get-all', 'GET, HEAD'],
    ['POST', '/webhooks/00', 'GET, HEAD'],
    ['POST', '/livez', 'GET, HEAD'],
    ['PATCH', '/readyz', 'GET, HEAD'],
    ['POST', '/healthcheck', 'GET, HEAD'],
  ])('says for %s %s what is allowed', async (method, path, allow) => {
    const answer = await exchange(
      node.port,
      `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 405 /);
    expect(answer.toLowerCase()).toContain(`allow: ${allow.toLowerCase()}`);
  });

  it('drops a large body for a route that does not exist, and answers', async () => {
    const answer = await request(node.server)
      .post('/nothing')
      .send('x'.repeat(4 << 20));
    expect(answer.status).toBe(404);
  });
});

describe('urlOf', () => {
  it('puts an IPv6 address in brackets', () => {
    expect(urlOf('::1', 80)).toBe('http://[::1]:80');
    expect(urlOf('127.0.0.1', 80)).toBe('http://127.0.0.1:80');
  });
});
