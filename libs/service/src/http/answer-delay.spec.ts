import { createServer, type Server } from 'node:http';
import express from 'express';
import request from 'supertest';
import { eventually } from '../testing/eventually';
import { rawClient } from '../testing/raw-socket';
import { answerDelay } from './answer-delay';
import { listen } from './server';

/** A clock that the test moves: what sleeps, for how long, and how to wake it. */
interface Sleep {
  readonly ms: number;
  readonly wake: () => void;
}

describe('answerDelay', () => {
  const stop = { current: new AbortController() };
  let sleeps: Sleep[];
  let worked: number;
  let server: Server;
  let port: number;

  const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      sleeps.push({ ms, wake: resolve });
      const end = (): void => reject(new Error('ended'));
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });

  beforeEach(async () => {
    [sleeps, worked, stop.current] = [[], 0, new AbortController()];
    const randoms = [0, 0.25, 0.5];
    const random = (): number => randoms[sleeps.length] ?? 0;
    const app = express();
    const seconds = { lower: 10, upper: 40 };
    app.post('/slow', answerDelay({ seconds, random, sleep, stop: stop.current.signal }));
    app.post('/slow', (_req, res) => {
      worked += 1;
      res.end('done');
    });
    server = createServer(app);
    port = await listen(server, '127.0.0.1', 0);
  });
  afterEach(() => {
    stop.current.abort();
    server.closeAllConnections();
    server.close();
  });

  const ask = () => request(server).post('/slow').send({ a: 1 });

  it('holds each request for its own time between the bounds', async () => {
    for (const [i, ms] of [10_000, 17_500, 25_000].entries()) {
      const answer = ask().then(({ text }) => text);
      await eventually(() => sleeps.length === i + 1);
      expect([sleeps[i]?.ms, worked]).toEqual([ms, i]);
      sleeps[i]?.wake();
      expect(await answer).toBe('done');
    }
  });

  it('ends at the stop: what waits is worked on at once', async () => {
    const answer = ask().then(({ text }) => text);
    await eventually(() => sleeps.length === 1);
    stop.current.abort();
    expect(await answer).toBe('done');
    expect((await ask()).text).toBe('done');
  });

  it('drops the request of a sender that left', async () => {
    const socket = await rawClient(port);
    socket.write('POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
    await eventually(() => sleeps.length === 1);
    socket.destroy();
    await eventually(async () => (await connectionsOf(server)) === 0);
    const next = ask().then(({ text }) => text);
    await eventually(() => sleeps.length === 2);
    sleeps[1]?.wake();
    expect([await next, worked]).toEqual(['done', 1]);
  });
});

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
}
