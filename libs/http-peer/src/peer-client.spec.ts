import { getEventListeners, once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { PEER_LIMITS, type PeerLimits } from './limits';
import { PeerClient, type PeerRequest } from './peer-client';
import { readSignature, RequestSigner, signatureKey, signatureOf } from './request-signature';
import { eventually } from './testing/eventually';
import { SECRET } from './testing/nodes';

const closing: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A peer that answers like this. @returns where it is */
async function peer(answer: RequestListener): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function clientOf(url: string, limits: Partial<PeerLimits> = {}): PeerClient {
  const access = { signer: new RequestSigner(SECRET, Date.now) };
  const client = new PeerClient({ self: 'node-1', url, access, limits: { ...PEER_LIMITS, ...limits } });
  closing.push(() => client.close());
  return client;
}

type Asking = (client: PeerClient, asked?: Partial<PeerRequest>) => Promise<string>;

const BYTES_MAX = 1000;
const ask = (asked: Partial<PeerRequest>): PeerRequest => ({
  ...{ method: 'POST', path: '/peer/v1/this', contentType: 'application/octet-stream' },
  ...{ body: Buffer.from('asked'), signal: new AbortController().signal, ...asked },
});
const whole: Asking = async (client, asked = {}) => (await client.request(ask(asked), BYTES_MAX)).toString();
const streamed: Asking = async (client, asked = {}) =>
  (await buffer(await client.open(ask(asked)))).toString();

/** Nobody answers, and each request that has arrived is kept. */
async function silentPeer() {
  const arrived: IncomingMessage[] = [];
  const { url, server } = await peer((request) => void arrived.push(request.resume()));
  const connections = () => new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
  return { url, arrived, isLeft: async () => (await connections()) === 0 };
}

describe.each([
  ['a whole answer', whole],
  ['an answer that is read as it comes', streamed],
])('%s', (_name, asking) => {
  it('comes for what was asked, which is signed as the peer was meant to read it', async () => {
    const seen: { headers: IncomingMessage['headers']; url: string | undefined; body: string }[] = [];
    const { url } = await peer(async (request, response) => {
      seen.push({ headers: request.headers, url: request.url, body: (await buffer(request)).toString() });
      response.end('answered');
    });
    const client = clientOf(`${url}/behind/a-proxy`);
    expect(await asking(client, { query: { after: 7, store: 'a b' }, accept: 'text/plain' })).toBe(
      'answered',
    );
    const [{ headers, ...rest } = seen[0]!] = seen;
    const target = '/peer/v1/this?after=7&store=a+b';
    expect(rest).toEqual({ url: `/behind/a-proxy${target}`, body: 'asked' });
    expect(headers).toMatchObject({
      ...{ host: new URL(url).host, 'user-agent': 'hooklog/node-1', 'content-length': '5' },
      ...{ 'content-type': 'application/octet-stream', accept: 'text/plain' },
    });
    const shown = readSignature(headers.authorization)!;
    const signature = signatureOf(signatureKey(SECRET), { ...shown, method: 'POST', target });
    expect(shown.signature).toBe(signature);
  });

  it('comes over the connection of the one before', async () => {
    const { url, server } = await peer((request, response) => {
      request.resume().on('end', () => response.end('answered'));
    });
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const client = clientOf(url);
    for (let i = 0; i < 5; i += 1) expect(await asking(client)).toBe('answered');
    expect(connections).toBe(1);
  });

  it('has its time, which is longer for a large body, and its connection ends with it', async () => {
    const { url, isLeft } = await silentPeer();
    const failure = { code: 'PEER_UNREACHABLE', message: `${url}: no answer within 31 ms` };
    await expect(asking(clientOf(url), { answerMs: 30 })).rejects.toMatchObject(failure);
    const large = asking(clientOf(url, { bytesPerMsMin: 50 }), { answerMs: 20, body: Buffer.alloc(501) });
    await expect(large).rejects.toMatchObject({ message: `${url}: no answer within 31 ms` });
    await eventually(isLeft, 'all connections are closed');
  });

  it('is given up with its signal, which keeps no listener', async () => {
    const { url, arrived, isLeft } = await silentPeer();
    const stop = new AbortController();
    const asked = asking(clientOf(url), { signal: stop.signal });
    asked.catch(() => undefined);
    await eventually(() => arrived.length === 1, 'the peer was asked');
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
    await eventually(isLeft, 'the connection is closed');
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('is not asked for once its signal is aborted', async () => {
    const { url, arrived } = await silentPeer();
    const asked = asking(clientOf(url), { signal: AbortSignal.abort() });
    await expect(asked).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
    expect(arrived).toHaveLength(0);
  });

  it('is an error with what the peer said, in words that a log line may have', async () => {
    const { url } = await peer((_request, response) => {
      response
        .writeHead(409)
        .end('{"code":"STORE_CHANGED","detail":"another\\u001bstore","master":"http://m"}');
    });
    await expect(asking(clientOf(url))).rejects.toMatchObject({
      code: 'STORE_CHANGED',
      message: `${url} answered 409 STORE_CHANGED: another?store`,
      master: 'http://m',
    });
  });

  it.each([
    ['is no redirect', 307, { location: '/elsewhere' }],
    ['is not what this node does not know', 418, {}],
  ])('%s', async (_what, status, headers) => {
    const paths: (string | undefined)[] = [];
    const { url } = await peer((request, response) => {
      paths.push(request.url);
      response.writeHead(status, headers).end();
    });
    const failure = { code: 'PEER_REFUSED', message: `${url} answered ${status}` };
    await expect(asking(clientOf(url))).rejects.toMatchObject(failure);
    expect(paths).toEqual(['/peer/v1/this']);
  });

  it('does not come from where nobody listens', async () => {
    const { url, server } = await peer(() => undefined);
    server.close();
    await once(server, 'close');
    closing.length = 0;
    const failure = { code: 'PEER_UNREACHABLE', message: `${url}: ECONNREFUSED` };
    await expect(asking(clientOf(url))).rejects.toMatchObject(failure);
  });

  it('does not come where the peer hangs up', async () => {
    const { url } = await peer((request) => void request.socket.destroy());
    const failure = { code: 'PEER_UNREACHABLE', message: `${url}: ECONNRESET` };
    await expect(asking(clientOf(url))).rejects.toMatchObject(failure);
  });

  it('does not come from a URL that is none', async () => {
    await expect(asking(clientOf('nowhere'))).rejects.toThrow('Invalid URL');
  });
});

describe('a whole answer', () => {
  it('has no more bytes than it may have', async () => {
    const { url } = await peer((_request, response) => void response.end(Buffer.alloc(BYTES_MAX + 1)));
    const failure = { code: 'BAD_FRAME', message: `${url} answered more than ${BYTES_MAX} bytes` };
    await expect(whole(clientOf(url))).rejects.toMatchObject(failure);
  });

  it('has its time to its end', async () => {
    const { url } = await peer((_request, response) => void response.write('begun'));
    const failure = { code: 'PEER_UNREACHABLE', message: `${url}: no answer within 51 ms` };
    await expect(whole(clientOf(url), { answerMs: 50 })).rejects.toMatchObject(failure);
  });

  it('does not come from another protocol', async () => {
    const { url } = await peer(({ socket }) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: another\r\n\r\n');
    });
    const failure = { code: 'PEER_UNREACHABLE', message: `${url}: closed before it answered` };
    await expect(whole(clientOf(url))).rejects.toMatchObject(failure);
  });

  it('fails when it is cut', async () => {
    const { url } = await peer((_request, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('begun', () => response.destroy());
    });
    await expect(whole(clientOf(url))).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });
});

describe('an answer that is read as it comes', () => {
  it('has no time behind its head, and ends with its signal', async () => {
    const { url } = await peer((_request, response) => {
      response.write('begun');
      setTimeout(() => response.write(', and going on'), 60);
    });
    const stop = new AbortController();
    const response = await clientOf(url).open(ask({ answerMs: 30, signal: stop.signal }));
    let read = '';
    response.on('data', (chunk: Buffer) => (read += chunk.toString())).on('error', () => undefined);
    await eventually(() => read === 'begun, and going on', 'all of it has come');
    stop.abort();
    expect(response.destroyed).toBe(true);
  });
});
