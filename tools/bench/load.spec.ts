import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalize } from '@hooklog/object-id';
import { load, routeOf } from './measure';
import { loadWithWrk, resultOf, wrkVersion } from './wrk';

const CONNECTIONS = 4;
const QUERY = 'wc=majority';
const ASKED = { connections: CONNECTIONS, body: '1k', seconds: 1 } as const;
const GENERATORS = {
  own: (node: string) => load(node, { ...ASKED, query: QUERY }),
  wrk: (node: string) => loadWithWrk({ ...ASKED, url: routeOf(node, undefined, QUERY) }),
};

/** What came to a server that answers 200, or every third time 503. */
class Sink {
  readonly bodies: Buffer[] = [];
  readonly urls = new Set<string>();
  readonly connections = new Set<unknown>();
  readonly statuses = { 200: 0, 503: 0 };
  readonly #server: Server;

  constructor(private readonly refuses: boolean) {
    this.#server = createServer((req, res) => {
      this.connections.add(req.socket);
      this.urls.add(`${req.method} ${req.url} ${req.headers['content-type']}`);
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.once('end', () => {
        this.bodies.push(Buffer.concat(chunks));
        const status = this.refuses && this.bodies.length % 3 === 0 ? 503 : 200;
        this.statuses[status] += 1;
        res.writeHead(status, { 'content-length': 2 }).end('{}');
      });
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

describe.each(Object.entries(GENERATORS))('the load generator %s', (name, generate) => {
  const isHere = name === 'own' || wrkVersion() !== undefined;
  const withIt = isHere ? it : it.skip;
  const note = isHere ? '' : ' (which is not here)';
  let sink: Sink | undefined;

  afterEach(() => sink?.close());

  async function loaded(refuses: boolean): Promise<{ sink: Sink; result: Awaited<ReturnType<typeof load>> }> {
    sink = new Sink(refuses);
    return { result: await generate(await sink.open()), sink };
  }

  withIt(`sends JSON documents over its connections, never one twice${note}`, async () => {
    const { sink } = await loaded(false);
    expect([...sink.urls]).toEqual([`POST /webhook?${QUERY} application/json`]);
    expect(sink.connections.size).toBe(CONNECTIONS);
    const documents = new Set(sink.bodies.map((body) => canonicalize(body).canonical.toString('latin1')));
    expect(documents.size).toBe(sink.bodies.length);
    expect(documents.size).toBeGreaterThan(CONNECTIONS);
  });

  withIt(`counts what was answered, and what was refused beside it${note}`, async () => {
    const { sink, result } = await loaded(true);
    const { 200: answered, 503: refused } = sink.statuses;
    // wrk leaves without the last answers: what it sent then is worked for, or is not
    const last = name === 'own' ? 0 : CONNECTIONS;
    expect(Math.abs(answered - result.answered)).toBeLessThanOrEqual(last);
    expect(Math.abs(refused - result.errors)).toBeLessThanOrEqual(last);
    expect(result.answered - result.requests).toBeLessThanOrEqual(last);
    expect(result.median).toBeGreaterThan(0);
    expect(result.p999).toBeGreaterThanOrEqual(result.median);
  });
});

describe('what wrk says', () => {
  it('is told in seconds and milliseconds, and what was refused is no request that counts', () => {
    const counts = { sent: 110, answered: 100, refused: 10, broken: 2 };
    const times = { duration: 4_000_000, p50: 1_500, p99: 20_000, p999: 30_000 };
    expect(resultOf({ ...counts, ...times })).toEqual({
      requests: 90,
      answered: 100,
      errors: 12,
      seconds: 4,
      median: 1.5,
      p99: 20,
      p999: 30,
    });
  });
});
