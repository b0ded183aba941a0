import { eventually } from '../testing/eventually';
import { exchange, rawClient } from '../testing/raw-socket';
import { serveNode, type ServedNode } from '../testing/served-node';

jest.setTimeout(30_000);

const NOON = Date.UTC(2026, 10, 20, 12);
const BODY_BYTES_MAX = 1000;

/** Only this very spelling is taken in front; Express reads the other one as the same route. */
const DOORS = { front: '/webhook', express: '/Webhook' } as const;

let nodes: Readonly<Record<keyof typeof DOORS, ServedNode>>;
const start = () => serveNode({ now: () => NOON, bodyBytesMax: BODY_BYTES_MAX, bodyBytesInFlightMax: 1500 });
beforeEach(async () => {
  nodes = { front: await start(), express: await start() };
});
afterEach(() => Promise.all([nodes.front.close(), nodes.express.close()]));

interface Asked {
  readonly query?: string;
  readonly method?: string;
  readonly type?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  /** the body as it is sent; its length is then not declared */
  readonly chunked?: string;
}

function requestOf(path: string, { method = 'POST', query = '', ...asked }: Asked): string {
  const { type = 'application/json', headers = [], body = '', chunked } = asked;
  const length = chunked === undefined ? `content-length: ${body.length}` : 'transfer-encoding: chunked';
  const head = [
    `${method} ${path}${query} HTTP/1.1`,
    'host: here',
    'x-request-id: one',
    'connection: close',
    length,
  ];
  return [...head, `content-type: ${type}`, ...headers, '', chunked ?? body].join('\r\n');
}

/** All that a client can see, but for the time of the answer and the spelling of the path. */
function seen(answer: string): string {
  return answer.replace(/^date: .*\r\n/im, '').replace(/^retry-after: [1-3]\r\n/im, 'retry-after: soon\r\n');
}

async function throughBoth(asked: Asked): Promise<readonly [front: string, express: string]> {
  const [front, express] = await Promise.all(
    (['front', 'express'] as const).map((door) =>
      exchange(nodes[door].port, requestOf(DOORS[door], asked)).then(seen),
    ),
  );
  return [front!, express!.replaceAll(DOORS.express, DOORS.front)];
}

const requests: readonly (readonly [what: string, status: number, asked: Asked])[] = [
  ['a document', 200, { body: '{"b":1,"a":[2]}' }],
  ['a document of a +json type', 200, { body: '{"a":1}', type: 'application/vnd.x+json; charset=utf-8' }],
  ['text', 200, { body: 'no JSON', type: 'text/plain' }],
  ['a chunked body', 200, { chunked: '5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n' }],
  ['kept and secret headers', 200, { body: '{}', headers: ['x-github-event: push', 'cookie: a=b'] }],
  ['wc=1', 200, { body: '{}', query: '?wc=1&wtimeout=5' }],
  ['wc=all', 200, { body: '{}', query: '?wc=all' }],
  ['an encoded query', 200, { body: '{}', query: '?w%63=1' }],
  ['an unknown parameter', 200, { body: '{}', query: '?x[a]=1' }],
  ['too large a concern', 400, { body: '{}', query: '?wc=2' }],
  ['no concern', 400, { body: '{}', query: '?wc=some' }],
  ['an empty concern', 400, { body: '{}', query: '?wc=' }],
  ['two concerns', 400, { body: '{}', query: '?wc=1&wc=1' }],
  ['no timeout', 400, { body: '{}', query: '?wtimeout=soon' }],
  ['two timeouts', 400, { body: '{}', query: '?wtimeout=1&wtimeout=2' }],
  ['no body', 400, { body: '' }],
  ['no JSON', 400, { body: '{"a":}' }],
  ['a scalar', 400, { body: '42' }],
  ['a compressed body', 415, { body: '{}', headers: ['content-encoding: gzip'] }],
  ['a body that is declared too large', 413, { body: 'x'.repeat(BODY_BYTES_MAX + 1) }],
  ['a body that grows too large', 413, { chunked: `3e9\r\n${'x'.repeat(1001)}\r\n0\r\n\r\n` }],
  ['a body that says "Expect"', 200, { body: '{"e":1}', headers: ['expect: 100-continue'] }],
  ['another method', 405, { method: 'PUT', body: '{}' }],
  ['GET', 405, { method: 'GET' }],
  ['OPTIONS', 405, { method: 'OPTIONS' }],
];

describe('POST /webhook in front of Express and through it', () => {
  it.each(requests)('answers the same: %s', async (_what, status, asked) => {
    const [front, express] = await throughBoth(asked);
    expect(front).toBe(express);
    expect(front).toMatch(new RegExp(`^HTTP/1.1 (100 Continue\r\n\r\nHTTP/1.1 )?${status} `));
  });

  it('recognises a copy that came through the other door', async () => {
    const { port } = nodes.front;
    const [first, again] = [DOORS.front, DOORS.express].map((path) => requestOf(path, { body: '{"a":1}' }));
    expect(await exchange(port, first!)).toContain('"sequence":1,"duplicate":false');
    expect(await exchange(port, again!)).toContain('"sequence":1,"duplicate":true');
  });

  it('refuses while the node stops', async () => {
    const stopping = await Promise.all(Object.values(nodes).map(beginStop));
    const [front, express] = await throughBoth({ body: '{}' });
    expect(front).toBe(express);
    expect(front).toContain('"code":"STOPPING"');
    await Promise.all(stopping.map((finish) => finish()));
  });

  it('knows the unusual spellings of the path all the same', async () => {
    for (const path of ['/webhook/', '/webhook?a#b', '/webhook?%', 'http://here/webhook']) {
      const answer = await exchange(nodes.front.port, requestOf(path, { body: `{"path":"${path}"}` }));
      expect(answer).toMatch(/^HTTP\/1.1 200 /);
    }
    for (const path of ['/webhookx', '//webhook', '/webhook/x']) {
      const answer = await exchange(nodes.front.port, requestOf(path, { body: '{}' }));
      expect(answer).toMatch(/^HTTP\/1.1 404 /);
    }
  });

  it('hears of a client that leaves within its body', async () => {
    for (const door of ['front', 'express'] as const) {
      const node = nodes[door];
      const socket = await rawClient(node.port);
      socket.write(`POST ${DOORS[door]} HTTP/1.1\r\nhost: here\r\ncontent-length: 9\r\n\r\n{"a"`);
      await eventually(() => node.bodies.bytesInFlight > 0);
      socket.destroy();
      await eventually(() => node.lines.some(({ msg }) => msg === 'client left'));
      expect(node.lines).toContainEqual(
        expect.objectContaining({ code: 'BODY_INCOMPLETE', path: DOORS[door] }),
      );
      expect(node.bodies.bytesInFlight).toBe(0);
    }
  });
});

/** The stop waits for a request that is under way, until it is told to finish. */
async function beginStop(node: ServedNode): Promise<() => Promise<void>> {
  const socket = await rawClient(node.port);
  socket.write('POST /webhook HTTP/1.1\r\nhost: here\r\ncontent-length: 9\r\nconnection: close\r\n\r\n{"a"');
  await eventually(() => node.bodies.bytesInFlight > 0);
  const stopped = node.stop.run(5_000, node.logger);
  return () => {
    socket.write(':123}');
    return stopped;
  };
}
