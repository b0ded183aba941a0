import request from 'supertest';
import { Secrets } from '../process/redaction';
import { Sources } from '../sources/sources';
import { exchange } from '../testing/raw-socket';
import { serveNode, type ServedNode } from '../testing/served-node';

let node: ServedNode;
beforeEach(async () => {
  node = await serveNode({ bodyBytesMax: 1000 });
});
afterEach(() => node.close());

/** Answers as `status code`, with how many there were. */
function answers(): Record<string, number> {
  const counted = node.measures.answers.read().map(({ labels, value }) => {
    expect(labels['source']).toBe('');
    return [`${labels['status']} ${labels['code']}`, value] as const;
  });
  return Object.fromEntries(counted);
}

function post(path: string, body: string): Promise<string> {
  const head = `host: x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}`;
  return exchange(node.port, `POST ${path} HTTP/1.1\r\n${head}\r\n\r\n${body}`);
}

describe('what a node counts', () => {
  it('is each answer to a webhook, through both doors', async () => {
    for (const door of ['/webhook', '/Webhook']) {
      expect(await post(door, `{"door":"${door}"}`)).toMatch(/^HTTP\/1\.1 200 /);
      expect(await post(door, '{"a":')).toMatch(/^HTTP\/1\.1 400 /);
      expect(await post(door, 'x'.repeat(1001))).toMatch(/^HTTP\/1\.1 413 /);
      expect(await post(`${door}?wc=none`, '{}')).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(answers()).toEqual({
      '200 OK': 2,
      '400 INVALID_JSON': 2,
      '413 BODY_TOO_LARGE': 2,
      '400 INVALID_CONCERN': 2,
    });
    expect(node.measures.problems.read()).toHaveLength(3);
  });

  it('is each line of a stream, and no other request as a webhook', async () => {
    await post('/webhooks', '{"a":1}\n{"a":2}\nno JSON\n\n{"a":1}\n');
    await request(node.server).get('/webhooks/none').expect(400);
    await request(node.server).get('/webhook').expect(405);
    expect(answers()).toEqual({ '200 OK': 3, '400 INVALID_JSON': 1 });
    expect(node.measures.problems.read().map(({ labels }) => labels['code'])).toEqual([
      'INVALID_ID',
      'METHOD_NOT_ALLOWED',
    ]);
  });

  it('is why a client was refused although nothing was wrong with its request', async () => {
    node.overload.note({ lateMs: 0, levelZeroFiles: 11 });
    for (const door of ['/webhook', '/Webhook']) await post(door, '{}');
    expect(node.overload.refusals.read()).toEqual([{ labels: { reason: 'compaction' }, value: 2 }]);
    expect(answers()).toEqual({ '200 OK': 0, '503 OVERLOADED': 2 });
  });

  it('is how long each phase took, how large batches are, and which copies came', async () => {
    for (const body of ['{"a":1}', '{"a":1}', '{"a":2}']) await post('/webhook', body);
    const { phases, log } = node.measures;
    expect([phases.read, phases.identify, phases.commit].map((each) => each.read().count)).toEqual([3, 3, 3]);
    expect(phases.replicate.read().count).toBe(0);
    expect(log.duplicates.read()).toEqual([
      { labels: { rule: expect.stringMatching(/key|body/) }, value: 1 },
    ]);
    // the first one began the epoch, and the copy needed none
    const { count, sum } = log.batchEntries.read();
    expect([count, sum]).toEqual([3, 3]);
    expect(log.fsyncs.read().count).toBe(3);
  });
});

describe('what a node counts of a source', () => {
  it('is each answer under its name, why senders were not proved, and nothing under names that nobody configured', async () => {
    const config = { sources: { shop: { scheme: { kind: 'gitlab' }, secrets: ['the-secret'] } } };
    const sources = await Sources.read(Buffer.from(JSON.stringify(config)), {
      env: {},
      folder: '.',
      secrets: new Secrets(),
    });
    const shop = await serveNode({ sources: { find: (name) => sources.find(name) } });
    for (const door of ['/webhook', '/Webhook']) {
      const post = (name: string, token: string) =>
        request(shop.server).post(`${door}/${name}`).set('x-gitlab-token', token).send({ door });
      await post('shop', 'the-secret').expect(200);
      await post('shop', 'a-guess').expect(401);
      await post('nobody', 'the-secret').expect(404);
    }
    expect(shop.measures.answers.read()).toEqual([
      { labels: { source: 'shop', status: '200', code: 'OK' }, value: 2 },
      { labels: { source: 'shop', status: '401', code: 'SIGNATURE_REFUSED' }, value: 2 },
      { labels: { source: '', status: '404', code: 'UNKNOWN_SOURCE' }, value: 2 },
    ]);
    expect(shop.measures.signatureFailures.read()).toEqual([
      { labels: { source: 'shop', reason: 'WRONG_TOKEN' }, value: 2 },
    ]);
    expect(shop.measures.phases.commit.read().count).toBe(2);
    await shop.close();
  });
});
