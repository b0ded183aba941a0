import request from 'supertest';
import { eventually } from '../testing/eventually';
import { exchange, heard, heardUntilClose, problemIn, rawClient } from '../testing/raw-socket';
import { serveNode, type ServedNode } from '../testing/served-node';

const MAX = 1000;
const HEAD = 'POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n';
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;

describe('a body', () => {
  let node: ServedNode;
  beforeEach(async () => {
    node = await serveNode({ bodyBytesMax: MAX, bodyBytesInFlightMax: 2 * MAX });
  });
  afterEach(() => node.close());

  const nothingStored = (): void => {
    expect(node.log.tail.position.sequence).toBe(0);
  };
  const noError = (): void => {
    expect(node.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  };

  it('is taken up to the limit', async () => {
    await request(node.server).post('/webhook').type('text/plain').send('x'.repeat(MAX)).expect(200);
    expect(node.log.tail.position.sequence).toBe(1);
  });

  it('is taken in chunks up to the limit', async () => {
    const socket = await rawClient(node.port);
    const answer = heard(socket, '"sequence":1');
    socket.write(CHUNKED);
    for (let i = 0; i < 4; i += 1) socket.write(`fa\r\n${'x'.repeat(250)}\r\n`);
    socket.write('0\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 200/);
    socket.destroy();
  });

  it('is refused by its declared length before a byte of it is read', async () => {
    const socket = await rawClient(node.port);
    const answer = heard(socket, 'BODY_TOO_LARGE');
    socket.write(`${HEAD}content-length: ${MAX + 1}\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1\.1 413/);
    expect(node.bodies.bytesInFlight).toBe(0);
    socket.destroy();
    nothingStored();
  });

  it('is asked for when its sender waits, but not when it is declared too large', async () => {
    const waiting = (length: number): string =>
      `${HEAD}expect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`;
    const refused = await rawClient(node.port);
    const answer = heard(refused, 'BODY_TOO_LARGE');
    refused.write(waiting(MAX + 1));
    expect(await answer).toMatch(/^HTTP\/1\.1 413/);
    const taken = await rawClient(node.port);
    const asked = heard(taken, 'HTTP/1.1 100 Continue');
    taken.write(waiting(MAX));
    await asked;
    const done = heard(taken, '"sequence":1');
    taken.write('x'.repeat(MAX));
    await done;
    refused.destroy();
    taken.destroy();
  });

  it('is refused while it grows beyond the limit, and its sender sees why', async () => {
    const socket = await rawClient(node.port);
    const all = heardUntilClose(socket);
    socket.write(CHUNKED);
    for (let i = 0; i < 200; i += 1) socket.write(`3e8\r\n${'x'.repeat(MAX)}\r\n`);
    socket.write('0\r\n\r\n');
    const answer = await all;
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(problemIn(answer)).toMatchObject({ code: 'BODY_TOO_LARGE', bodyBytesMax: MAX });
    expect(node.bodies.bytesInFlight).toBe(0);
    nothingStored();
  });

  it('of many megabytes is refused without a reset that hides the answer', async () => {
    const answer = await request(node.server)
      .post('/webhook')
      .type('text/plain')
      .send('x'.repeat(8 << 20));
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([413, 'BODY_TOO_LARGE']);
  });

  it('that ends half way leaves nothing, and no line for operators', async () => {
    const socket = await rawClient(node.port);
    socket.write(`${HEAD}content-length: 500\r\n\r\n${'x'.repeat(250)}`);
    await eventually(() => node.bodies.bytesInFlight === 250);
    socket.destroy();
    await eventually(() => node.bodies.bytesInFlight === 0);
    await eventually(() => node.lines.some(({ code }) => code === 'BODY_INCOMPLETE'));
    nothingStored();
    noError();
  });

  it('that is shorter than its declared length is a malformed request', async () => {
    const socket = await rawClient(node.port);
    const answer = heardUntilClose(socket);
    socket.end(`${HEAD}content-length: 500\r\n\r\n${'x'.repeat(250)}`);
    expect(problemIn(await answer)).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' });
    await eventually(() => node.bodies.bytesInFlight === 0);
    nothingStored();
    noError();
  });

  it.each([
    'content-length: 5\r\ncontent-length: 6',
    'content-length: -1',
    'content-length: 0x10',
    'content-length: 5\r\ntransfer-encoding: chunked',
  ])('with %p is a malformed request', async (lines) => {
    const answer = await exchange(node.port, `${HEAD}${lines}\r\n\r\nhello`);
    expect(problemIn(answer)).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' });
    nothingStored();
  });

  it('in broken chunks is a malformed request', async () => {
    const answer = await exchange(node.port, `${CHUNKED}zz\r\nhello\r\n`);
    expect(problemIn(answer)).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' });
    await eventually(() => node.bodies.bytesInFlight === 0);
    nothingStored();
    noError();
  });

  it.each(['gzip', 'br', 'identity, gzip'])('compressed with %s is refused', async (encoding) => {
    const answer = await request(node.server)
      .post('/webhook')
      .set('content-encoding', encoding)
      .send('x')
      .expect(415);
    expect(JSON.parse(answer.text).code).toBe('UNSUPPORTED_ENCODING');
    nothingStored();
  });

  it('with the encoding "identity" is taken', async () => {
    await request(node.server).post('/webhook').set('content-encoding', 'identity').send('x').expect(200);
  });

  it('is refused while others fill the memory, and taken once they are done', async () => {
    const slow = await Promise.all([1, 2].map(() => rawClient(node.port)));
    for (const socket of slow) socket.write(`${HEAD}content-length: ${MAX}\r\n\r\n${'x'.repeat(MAX - 1)}`);
    await eventually(() => node.bodies.bytesInFlight === 2 * (MAX - 1));
    const refused = await request(node.server).post('/webhook').type('text/plain').send('third').expect(503);
    expect(JSON.parse(refused.text).code).toBe('OVERLOADED');
    expect(refused.headers['retry-after']).toMatch(/^[1-3]$/);
    nothingStored();
    for (const socket of slow) socket.destroy();
    await eventually(() => node.bodies.bytesInFlight === 0);
    await request(node.server).post('/webhook').type('text/plain').send('third').expect(200);
  });
});
