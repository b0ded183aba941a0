import { LogError } from '@hooklog/ordered-log';
import express from 'express';
import { problemHandler, refusing } from '../problem/problem-handler';
import { exchange, heard, rawClient } from '../testing/raw-socket';
import { listeningLogger, serveNode, type ServedNode } from '../testing/served-node';
import { createServer, listen } from './server';

const EVER_MS = 3_600_000;
const STRAINED = { lateMs: 501, levelZeroFiles: 0 };
const CALM = { lateMs: 0, levelZeroFiles: 0 };
const head = (path: string, bytes: number): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: ${bytes}\r\n\r\n`;
const closing = (request: string): string => request.replace('host: x', 'host: x\r\nconnection: close');

async function served(restMs: number, use: (node: ServedNode) => Promise<void>): Promise<void> {
  const node = await serveNode({ overload: { restMs, lookEveryMs: EVER_MS } });
  try {
    await use(node);
  } finally {
    await node.close();
  }
}

describe.each(['/webhook', '/Webhook'])('a connection on which POST %s was OVERLOADED', (path) => {
  it('is not read, while others are', () =>
    served(EVER_MS, async (node) => {
      const socket = await rawClient(node.port);
      node.overload.note(STRAINED);
      const refused = heard(socket, '"OVERLOADED"');
      socket.write(`${head(path, 5)}first`);
      await refused;
      node.overload.note(CALM);
      // whatever is read is read in its turn: the later connection is answered after the earlier one
      socket.write(`${head(path, 6)}second`);
      expect(await exchange(node.port, closing(`${head(path, 5)}third`))).toMatch(/^HTTP\/1\.1 200/);
      expect(node.log.tail.position.sequence).toBe(1);
      socket.destroy();
    }));

  it('is read again after that, behind the body that was refused', () =>
    served(1, async (node) => {
      const socket = await rawClient(node.port);
      node.overload.note(STRAINED);
      const refused = heard(socket, '"OVERLOADED"');
      socket.write(head(path, 5));
      await refused;
      node.overload.note(CALM);
      socket.write('first');
      await exchange(node.port, closing(`${head(path, 5)}other`));
      const answered = heard(socket, '"sequence":2');
      socket.write(`${head(path, 6)}second`);
      expect(await answered).toMatch(/^HTTP\/1\.1 200/);
      socket.destroy();
    }));
});

it('reads on where a client was refused for anything else', () =>
  served(EVER_MS, async (node) => {
    const socket = await rawClient(node.port);
    const refused = heard(socket, '"EMPTY_BODY"');
    socket.write(head('/webhook', 0));
    await refused;
    const answered = heard(socket, '"sequence":1');
    socket.write(`${head('/webhook', 1)}x`);
    expect(await answered).toMatch(/^HTTP\/1\.1 200/);
    socket.destroy();
  }));

it('reads on where another node was refused', async () => {
  const { logger } = listeningLogger();
  const refuse = refusing(logger, undefined, { restMs: EVER_MS });
  const app = express().use(() => {
    throw new LogError('OVERLOADED', '4 requests of this kind are being answered already');
  });
  const server = createServer(app.use(problemHandler(logger, refuse)));
  const socket = await rawClient(await listen(server, '127.0.0.1', 0));
  for (const turn of ['first', 'second']) {
    const refused = heard(socket, '"OVERLOADED"');
    socket.write(head(`/${turn}`, 0));
    expect(await refused).toMatch(/^HTTP\/1\.1 503/);
  }
  socket.destroy();
  server.close();
});
