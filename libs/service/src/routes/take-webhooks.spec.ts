import { once } from 'node:events';
import { request as openRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { DEFAULT_LIMITS } from '@hooklog/ordered-log';
import request from 'supertest';
import { eventually } from '../testing/eventually';
import { MemoryDatabase } from '../testing/memory-database';
import { memoryStore, serveNode, type ServedNode } from '../testing/served-node';
import type { WriteConcerns } from './write-concern';

jest.setTimeout(30_000);

const NOON = Date.UTC(2026, 10, 20, 12);
const BODY_BYTES_MAX = 1000;

interface Answer {
  readonly sequence?: number;
  readonly duplicate?: boolean;
  readonly key?: string;
  readonly code?: string;
}

/** What is read comes in fewer turns of the event loop. */
const MANY_TURNS = 200;

async function manyTurns(): Promise<void> {
  for (let turns = 0; turns < MANY_TURNS; turns++) await turn();
}

/** A disk that is slower than what comes. */
class SlowDisk extends MemoryDatabase {
  override async _batch(operations: unknown, options: unknown): Promise<void> {
    await manyTurns();
    await super._batch(operations, options);
  }
}

let node: ServedNode;
beforeEach(async () => {
  node = await serveNode({ now: () => NOON, bodyBytesMax: BODY_BYTES_MAX, bodyBytesInFlightMax: 1 << 24 });
});
afterEach(() => node.close());

async function send(text: string | Buffer, query = '', { server } = node): Promise<Answer[]> {
  const answer = await request(server)
    .post(`/webhooks${query}`)
    .set('content-type', 'application/x-ndjson')
    .serialize((raw) => raw as string)
    .buffer(true)
    .parse((res, done) => {
      let all = '';
      res.on('data', (chunk: Buffer) => (all += chunk.toString()));
      res.on('end', () => done(null, all));
    })
    .send(text);
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('application/x-ndjson');
  return linesOf(answer.body as string);
}

function linesOf(text: string): Answer[] {
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Answer);
}

/** A request whose body is written bit by bit. */
function open(): { readonly sent: ClientRequest; readonly answered: Promise<IncomingMessage> } {
  const sent = openRequest({ port: node.port, host: '127.0.0.1', path: '/webhooks', method: 'POST' });
  sent.on('error', () => undefined);
  const answered = once(sent, 'response').then(([response]) => response as IncomingMessage);
  return { sent, answered };
}

describe('POST /webhooks', () => {
  it('answers each line with what POST /webhook answers, in order', async () => {
    const answers = await send('{"a":1}\n{"a":2}\r\n\n  \n{"a" : 1}');
    expect(answers).toMatchObject([
      { sequence: 1, duplicate: false },
      { sequence: 2, duplicate: false },
      { sequence: 1, duplicate: true },
    ]);
    const single = await request(node.server).post('/webhook').send({ a: 2 });
    expect(single.body).toEqual({ ...answers[1], duplicate: true });
  });

  it('answers a line that is refused with its problem, in its place', async () => {
    const long = `{"x":"${'x'.repeat(BODY_BYTES_MAX)}"}`;
    const answers = await send(['{"a":1}', '{"a":', '42', long, '\ufeff{}', '[]'].join('\n'));
    expect(answers.map(({ sequence, code }) => code ?? sequence)).toEqual([
      1,
      'INVALID_JSON',
      'NOT_A_DOCUMENT',
      'BODY_TOO_LARGE',
      'INVALID_JSON',
      2,
    ]);
  });

  it('stores a line byte for byte, without the type of the stream', async () => {
    const [answer] = await send('{ "b":1.0,"a":[ ] }\n');
    const stored = await request(node.server).get(`/webhooks/${answer?.key}`).expect(200);
    expect(stored.text).toContain('"body":{ "b":1.0,"a":[ ] }}');
    expect(stored.body.headers).not.toHaveProperty('content-type');
  });

  it('takes many lines, whose ends fall anywhere, and keeps their order', async () => {
    const count = 5_000;
    const text = Array.from({ length: count }, (_none, i) => `{"i":${i},"x":"${'x'.repeat(i % 300)}"}`);
    const answers = await send(text.join('\n'));
    expect(answers.map(({ sequence }) => sequence)).toEqual(text.map((_line, i) => i + 1));
    expect(node.bodies.bytesInFlight).toBe(0);
  });

  it('reads no more short lines than the log queues', async () => {
    const slow = await serveNode({ store: { ...memoryStore(), log: new SlowDisk() } });
    const count = 2 * DEFAULT_LIMITS.queueEntriesMax;
    const text = Array.from({ length: count }, (_none, i) => `[${i}]`).join('\n');
    const answers = await send(text, '', slow);
    expect(answers.filter(({ code }) => code !== undefined)).toEqual([]);
    expect(answers.at(-1)).toMatchObject({ sequence: count });
    await slow.close();
  });

  it('answers while the rest is still on its way', async () => {
    const { sent, answered } = open();
    sent.write('{"a":1}\n{"a"');
    const heard = collect(await answered);
    await eventually(() => heard.text.endsWith('\n'));
    expect(linesOf(heard.text)).toMatchObject([{ sequence: 1 }]);
    expect(node.bodies.bytesInFlight).toBe('{"a"'.length);
    sent.end(':2}');
    await eventually(() => heard.ended);
    expect(linesOf(heard.text)).toMatchObject([{ sequence: 1 }, { sequence: 2 }]);
    expect(node.bodies.bytesInFlight).toBe(0);
  });

  it('reads no further than its client takes the answers', async () => {
    const { sent, answered } = open();
    let written = 0;
    const line = (): string => `{"i":${(written += 1)},"x":"${'x'.repeat(400)}"}\n`;
    sent.write(line());
    const response = (await answered).pause();
    let blocked = false;
    while (!blocked) {
      blocked = !sent.write(Array.from({ length: 500 }, line).join(''));
      if (blocked) blocked = await Promise.race([once(sent, 'drain').then(() => false), quiet()]);
    }
    const stored = node.log.tail.position.sequence;
    expect(stored).toBeLessThan(written);
    expect(node.bodies.bytesInFlight).toBeLessThan(4 << 20);
    sent.end();
    const heard = collect(response);
    await eventually(() => heard.ended);
    expect(linesOf(heard.text).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: written }, (_none, i) => i + 1),
    );
  });

  it('keeps what it answered when its client leaves', async () => {
    const { sent, answered } = open();
    sent.write('{"a":1}\n{"a":2}\n{"a"');
    await once(await answered, 'data');
    sent.destroy();
    await eventually(() => node.bodies.bytesInFlight === 0 && node.overload.requestsInFlight === 0);
    expect(node.log.tail.position.sequence).toBe(2);
  });

  it('waits for a write concern, and refuses one that cannot be', async () => {
    expect(await send('{"a":1}\n', '?wc=all')).toMatchObject([
      { sequence: 1, replication: { acknowledged: 1, required: 1 } },
    ]);
    expect(await send('{"a":2}\n{"a":3}\n', '?wc=3')).toMatchObject([
      { code: 'CONCERN_TOO_LARGE' },
      { code: 'CONCERN_TOO_LARGE' },
    ]);
    expect(node.log.tail.position.sequence).toBe(1);
  });

  it('leaves places to others who wait for nodes', async () => {
    let waiting = 0;
    let atMost = 0;
    const concerns: WriteConcerns = {
      admit: () => undefined,
      wait: async ({ sequence }) => {
        atMost = Math.max(atMost, (waiting += 1));
        await manyTurns();
        waiting -= 1;
        return { sequence, acknowledged: 2, required: 2, met: true };
      },
    };
    const cluster = await serveNode({ concerns });
    const line = (_none: unknown, i: number): string => `{"i":${i},"x":"${'x'.repeat(1000)}"}`;
    const answers = await send(Array.from({ length: 3000 }, line).join('\n'), '?wc=2', cluster);
    expect(answers.at(-1)).toMatchObject({ sequence: 3000, replication: { acknowledged: 2 } });
    expect(atMost).toBeLessThan(1200);
    await cluster.close();
  });

  it('is refused as a whole in front of its lines', async () => {
    const refused = async (path: string, headers: Readonly<Record<string, string>>): Promise<string> =>
      JSON.parse((await request(node.server).post(path).set(headers).send('{}')).text).code;
    expect(await refused('/webhooks?wc=some', {})).toBe('INVALID_CONCERN');
    expect(await refused('/webhooks', { 'content-encoding': 'gzip' })).toBe('UNSUPPORTED_ENCODING');
    node.overload.note({ lateMs: 1e6, levelZeroFiles: 0 });
    expect(await refused('/webhooks', {})).toBe('OVERLOADED');
    expect(node.overload.requestsInFlight).toBe(0);
  });
});

function collect(response: IncomingMessage): { readonly text: string; readonly ended: boolean } {
  const heard = { text: '', ended: false };
  response.on('data', (chunk: Buffer) => (heard.text += chunk.toString()));
  response.once('end', () => (heard.ended = true));
  response.resume();
  return heard;
}

/** Nothing moves any longer. */
async function quiet(): Promise<boolean> {
  for (let before = -1; before !== node.log.tail.position.sequence;) {
    before = node.log.tail.position.sequence;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return true;
}
