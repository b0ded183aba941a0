import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exchange } from '../testing/raw-socket';
import { allHeaders } from './all-headers';

/** What a request with these header lines has, as its reader would have it, and as node has it. */
async function headersOf(lines: readonly string[]): Promise<{ readonly read: object; readonly all: object }> {
  let request: IncomingMessage | undefined;
  const server = createServer((req, res) => {
    request = req;
    res.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await exchange(port, ['GET / HTTP/1.1', 'host: x', 'connection: close', ...lines, '', ''].join('\r\n'));
  await new Promise((resolve) => server.close(resolve));
  return { read: allHeaders(request!), all: request!.headersDistinct };
}

describe('all headers of a request', () => {
  it('are those that node has read already where none came twice', async () => {
    const { read } = await headersOf(['X-One: a, b', 'x-two: c', 'cookie: d=e']);
    expect(read).toMatchObject({ 'x-one': 'a, b', 'x-two': 'c', cookie: 'd=e' });
  });

  it.each([
    ['that are joined', ['x-one: a', 'X-One: b']],
    ['of which node keeps one', ['authorization: a', 'authorization: b']],
    ['that node joins in another way', ['cookie: a=b', 'cookie: c=d']],
    ['that are equal', ['x-one: a', 'x-one: a']],
    ['whose name an object already has', ['__proto__: a', 'x-one: b']],
  ])('are lists where one came twice: those %s', async (_what, lines) => {
    const { read, all } = await headersOf(lines);
    expect(read).toEqual(all);
  });
});
