import request from 'supertest';
import { eventually } from '../testing/eventually';
import { heard, rawClient } from '../testing/raw-socket';
import { listeningLogger, serveNode } from '../testing/served-node';
import { Stop } from './stop';

const { logger } = listeningLogger();
const POST = 'POST /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 8\r\n\r\n';

describe('a stop', () => {
  it('closes in reverse order', async () => {
    const stop = new Stop();
    const closed: string[] = [];
    for (const name of ['log', 'server', 'registration']) stop.closes(name, () => void closed.push(name));
    await stop.run(0, logger);
    expect(closed).toEqual(['registration', 'server', 'log']);
    expect(stop.stopping).toBe(true);
  });

  it('finishes what was taken, and refuses what comes later', async () => {
    const node = await serveNode();
    const socket = await rawClient(node.port);
    const answer = heard(socket, '"sequence":1');
    socket.write(`${POST}half`);
    await eventually(() => node.bodies.bytesInFlight === 4);
    const stopped = node.stop.run(60_000, logger);
    await request(node.server).post('/webhook').send({ late: true }).expect(503);
    socket.write('done');
    expect(await answer).toMatch(/^HTTP\/1\.1 200/);
    await stopped;
    expect(node.server.listening).toBe(false);
    await expect(node.log.writeMeta('x', Buffer.alloc(1))).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('does not wait for ever', async () => {
    const node = await serveNode();
    const socket = await rawClient(node.port);
    socket.write(`${POST}half`);
    await eventually(() => node.bodies.bytesInFlight === 4);
    const { logger: own, lines } = listeningLogger();
    await node.stop.run(20, own);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', requests: 1 }));
    expect(node.server.listening).toBe(false);
  });
});
