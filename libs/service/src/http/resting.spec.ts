import { once } from 'node:events';
import type { Server } from 'node:http';
import { LogError } from '@hooklog/ordered-log';
import express from 'express';
import { problemHandler, refusing } from '../problem/problem-handler';
import { eventually } from '../testing/eventually';
import { exchange, heard, rawClient } from '../testing/raw-socket';
import { listeningLogger, serveNode, type ServedNode } from '../testing/served-node';
import type { OverloadLimits } from './overload';
import { createServer, listen } from './server';

const EVER_MS = 3_600_000;
const STRAINED = { lateMs: 501, levelZeroFiles: 0 };
const CALM = { lateMs: 0, levelZeroFiles: 0 };
const head = (path: string, bytes: number): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: ${bytes}\r\n\r\n`;
const closing = (request: string): string => request.replace('host: x', 'host: x\r\nconnection: close');

async function served(
  limits: Partial<OverloadLimits>,
  use: (node: ServedNode) => Promise<void>,
): Promise<void> {
  const node = await serveNode({ overload: { lookEveryMs: EVER_MS, ...limits } });
  try {
    await use(node);
  } finally {
    await node.close();
  }
}

describe.each(['/webhook', '/Webhook'])('a connection on which POST %s was OVERLOADED', (path) => {
  it('is not read, while others are', () =>
    served({ restMs: EVER_MS }, async (node) => {
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
    served({ restMs: 1 }, async (node) => {
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
  served({ restMs: EVER_MS }, async (node) => {
    const socket = await rawClient(node.port);
    const refused = heard(socket, '"EMPTY_BODY"');
    socket.write(head('/webhook', 0));
    await refused;
    const answered = heard(socket, '"sequence":1');
    socket.write(`${head('/webhook', 1)}x`);
    expect(await answered).toMatch(/^HTTP\/1\.1 200/);
    socket.destroy();
  }));

it('reads on where as many rest as may', () =>
  served({ restMs: EVER_MS, restingMax: 1 }, async (node) => {
    node.overload.note(STRAINED);
    const sockets = [await rawClient(node.port), await rawClient(node.port)];
    for (const socket of sockets) {
      const refused = heard(socket, '"OVERLOADED"');
      socket.write(`${head('/webhook', 5)}first`);
      await refused;
    }
    node.overload.note(CALM);
    sockets[0]?.write(`${head('/webhook', 6)}second`);
    const answered = heard(sockets[1]!, '"sequence":1');
    sockets[1]?.write(`${head('/webhook', 5)}third`);
    await answered;
    expect(node.log.tail.position.sequence).toBe(1);
    for (const socket of sockets) socket.destroy();
  }));

describe('a request that is refused when its body has been read', () => {
  let server: Server;
  let heardOf: string[];
  beforeEach(() => {
    const refuse = refusing(listeningLogger().logger, undefined, { restMs: EVER_MS, restingMax: 1 });
    heardOf = [];
    const app = express().use(async (req) => {
      heardOf.push(req.url);
      await once(req.resume(), 'end');
      throw new LogError('OVERLOADED', 'too many entries wait for the disk');
    });
    server = createServer(app.use(problemHandler(listeningLogger().logger, refuse)));
  });
  afterEach(() => server.close());

  async function refuseTwice(path: string): Promise<void> {
    const port = await listen(server, '127.0.0.1', 0);
    const socket = await rawClient(port);
    const refused = heard(socket, '"OVERLOADED"');
    socket.write(`${head(path, 5)}fi`);
    await eventually(() => heardOf.length === 1);
    socket.write('rst');
    await refused;
    socket.write(`${head('/second', 0)}`);
    await exchange(port, closing(head('/other', 0)));
    socket.destroy();
  }

  it.each(['/webhook', '/messages'])('lets a client rest (%s)', async (path) => {
    await refuseTwice(path);
    expect(heardOf).toEqual([path, '/other']);
  });

  it.each(['/peer/v1/append', '/replicate-item'])('lets no other node rest (%s)', async (path) => {
    await refuseTwice(path);
    expect(heardOf).toEqual([path, '/second', '/other']);
  });
});
