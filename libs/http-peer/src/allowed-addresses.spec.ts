import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, BlockList } from 'node:net';
import type { lookup } from 'node:dns';
import { lookupWithin } from './allowed-addresses';
import { PEER_LIMITS } from './limits';
import type { PeerAccess } from './peer-access';
import { PeerClient } from './peer-client';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function portOf(server: Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The body that the peer answered, or the code of the failure. */
async function ask(url: string, access: Partial<PeerAccess>): Promise<string> {
  const client = new PeerClient({
    ...{ self: 'node-1', url, limits: PEER_LIMITS },
    access: { signer: undefined, ...access },
  });
  const request = { method: 'GET', path: '/', signal: new AbortController().signal } as const;
  try {
    return (await client.request(request, 1000)).toString();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  } finally {
    client.close();
  }
}

function rangesOf(...ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of ranges)
    list.addSubnet(address, bits, address.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}

describe('addresses that may be called', () => {
  let port: number;
  let connections: number;
  beforeEach(async () => {
    const server = createServer((_request, response) => void response.end('hello'));
    connections = 0;
    server.on('connection', () => (connections += 1));
    port = await portOf(server);
  });

  it.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])(
    '%s is called when it is in a range',
    async (host) => {
      expect(await ask(`http://${host}:${port}`, { allowed: rangesOf(['127.0.0.0', 8]) })).toBe('hello');
    },
  );

  it.each(['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '127.1', '[::ffff:7f00:1]', '[::1]'])(
    '%s is not even connected to when it is in none',
    async (host) => {
      const answer = await ask(`http://${host}:${port}`, {
        allowed: rangesOf(['10.0.0.0', 8], ['fd00::', 8]),
      });
      expect(answer).toMatch(/^PEER_NOT_ALLOWED /);
      expect(connections).toBe(0);
    },
  );

  it('are those that a name stands for at each connection, not those of an earlier one', async () => {
    const answers = [['10.0.0.1'], ['127.0.0.1'], ['127.0.0.1', '10.0.0.2']];
    const resolver = ((_name: string, _options: object, callback: (error: null, found: object[]) => void) =>
      callback(
        null,
        (answers.shift() ?? []).map((address) => ({ address, family: 4 })),
      )) as unknown as typeof lookup;
    const look = lookupWithin(rangesOf(['10.0.0.0', 8]), resolver);
    const found = (all: boolean) =>
      new Promise((resolve) =>
        look('node.test', { all }, (error, address) =>
          resolve(error ? (error as { code?: string }).code : address),
        ),
      );
    expect(await found(false)).toBe('10.0.0.1');
    expect(await found(false)).toBe('PEER_NOT_ALLOWED');
    expect(await found(true)).toEqual([{ address: '10.0.0.2', family: 4 }]);
  });

  it('are not left by a redirect', async () => {
    const from = createServer((_request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end();
    });
    const url = `http://127.0.0.1:${await portOf(from)}`;
    expect(await ask(url, {})).toMatch(/^PEER_REFUSED .* answered 307/);
    expect(connections).toBe(0);
  });
});
