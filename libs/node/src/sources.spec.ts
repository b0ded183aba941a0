import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@hooklog/service';
import { sign as signGithub } from '@octokit/webhooks-methods';
import Stripe from 'stripe';
import request from 'supertest';
import type { RunningNode } from './start';
import {
  eventually,
  memoryStore,
  quiet,
  startMemoryMaster,
  startMemorySlave,
  untilVoting,
} from './testing/memory-cluster';

jest.setTimeout(60_000);

const API_KEY = 'key-of-the-operator';
const SECRETS = { github: 'github-secret', stripe: 'whsec_stripe', slack: 'slack-secret' };

interface ExampleEvent {
  readonly name: string;
  readonly examples: readonly object[];
}

/** A push as GitHub documents it, a charge as Stripe does, a message as Slack does. */
const PUSH = JSON.stringify(
  (
    JSON.parse(
      readFileSync(require.resolve('@octokit/webhooks-examples/api.github.com/index.json'), 'utf8'),
    ) as ExampleEvent[]
  ).find(({ name }) => name === 'push')!.examples[0],
);
const CHARGE = JSON.stringify(
  {
    id: 'evt_1NG8Du2eZvKYlo2CUI79vXWy',
    object: 'event',
    api_version: '2019-02-19',
    created: 1686089970,
    data: {
      object: {
        id: 'seti_1NG8Du2eZvKYlo2C9XMqbR0x',
        object: 'setup_intent',
        status: 'requires_confirmation',
      },
    },
    livemode: false,
    pending_webhooks: 0,
    request: { id: null, idempotency_key: null },
    type: 'setup_intent.created',
  },
  null,
  2,
);
const MESSAGE = JSON.stringify({
  token: 'ZZZZZZWSxiZZZ2yIvs3peJ',
  team_id: 'T123ABC456',
  api_app_id: 'A123ABC456',
  event: { type: 'message', text: 'Grüße, 世界 🌍', ts: '1515449522.000016', user: 'U123ABC456' },
  type: 'event_callback',
  event_id: 'Ev123ABC456',
  event_time: 1515449522,
});

interface Sent {
  readonly source: keyof typeof SECRETS;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function github(body: string, delivery: string, secret = SECRETS.github): Promise<Sent> {
  const headers = {
    'x-github-event': 'push',
    'x-github-delivery': delivery,
    'x-hub-signature-256': await signGithub(secret, body),
  };
  return { source: 'github', headers, body };
}

function stripe(body: string): Sent {
  // its types ask for what it fills in by itself
  const options = { payload: body, secret: SECRETS.stripe } as Parameters<
    typeof Stripe.webhooks.generateTestHeaderString
  >[0];
  return {
    source: 'stripe',
    headers: { 'stripe-signature': Stripe.webhooks.generateTestHeaderString(options) },
    body,
  };
}

function slack(body: string): Sent {
  const seconds = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', SECRETS.slack).update(`v0:${seconds}:${body}`).digest('hex');
  const headers = {
    'x-slack-request-timestamp': String(seconds),
    'x-slack-signature': `v0=${signature}`,
  };
  return { source: 'slack', headers, body };
}

let folder: string;
let nodes: RunningNode[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hooklog-sources-'));
  writeSources(SECRETS);
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map(({ stop }) => stop.run(0, quiet)));
  rmSync(folder, { recursive: true });
});

function writeSources({ github, stripe }: typeof SECRETS): void {
  const sources = {
    github: {
      scheme: { kind: 'github' },
      secrets: [github],
      eventId: { header: 'X-GitHub-Delivery' },
      writeConcern: 'majority',
    },
    stripe: { scheme: { kind: 'stripe' }, secrets: [stripe], eventId: { pointer: '/id' } },
    slack: {
      scheme: { kind: 'slack' },
      secrets: [{ env: 'SLACK_SECRET' }],
      eventId: { pointer: '/event_id' },
    },
  };
  writeFileSync(join(folder, 'sources.json'), JSON.stringify({ sources }));
}

async function started(starting: Promise<RunningNode>): Promise<RunningNode> {
  const node = await starting;
  nodes.push(node);
  return node;
}

async function stopped(node: RunningNode): Promise<void> {
  nodes = nodes.filter((one) => one !== node);
  await node.stop.run(5_000, quiet);
}

const settingsOf = (name: string) => ({
  NODE_ID: name,
  DATA_DIR: join(folder, name),
  SOURCES: join(folder, 'sources.json'),
  SLACK_SECRET: SECRETS.slack,
  API_KEY,
});
const startMaster = (store: Store, PORT = '0') =>
  started(startMemoryMaster({ ...settingsOf('master'), PORT }, store));
const startSlave = (name: string, store: string, master: RunningNode) =>
  started(
    startMemorySlave(
      { ...settingsOf(name), MASTER_URL: `http://127.0.0.1:${master.port}` },
      memoryStore(store),
    ),
  );

const at = ({ port }: RunningNode) => request(`http://127.0.0.1:${port}`);
const send = (node: RunningNode, { source, headers, body }: Sent) =>
  at(node)
    .post(`/webhook/${source}`)
    .set({ 'content-type': 'application/json', ...headers })
    .send(body);

async function logOf(node: RunningNode): Promise<Record<string, unknown>[]> {
  const { text } = await at(node).get('/log?after=0').set('x-token', API_KEY).expect(200);
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Until all have so many entries, all of them in the log; they must be the same. */
async function agreed(count: number): Promise<Record<string, unknown>[]> {
  await eventually(() =>
    nodes.every(({ log }) => log.tail.position.sequence === count && log.pendingEntries === 0),
  );
  const [first = [], ...others] = await Promise.all(nodes.map(logOf));
  for (const other of others) expect(other).toEqual(first);
  return first;
}

describe('webhooks that their senders signed', () => {
  it('end up once on all nodes, with their event ids, though the master was down', async () => {
    const store = memoryStore('00000000000000aa');
    const first = await startMaster(store);
    const slave = await startSlave('slave-1', '00000000000000b1', first);
    await startSlave('slave-2', '00000000000000b2', first);
    await untilVoting(first, 2);
    await stopped(first);

    const sent = [await github(PUSH, 'delivery-1'), stripe(CHARGE), slack(MESSAGE)];
    for (const one of sent) {
      const { body } = await send(slave, one).expect(200);
      expect(body).toMatchObject({ source: one.source, sequence: null, duplicate: false, flags: [] });
    }
    // sent again as senders do, two of them signed anew
    for (const one of [sent[0]!, stripe(CHARGE), slack(MESSAGE)]) {
      expect((await send(slave, one).expect(200)).body).toMatchObject({ duplicate: true, flags: [] });
    }
    const replayed = await send(slave, await github(PUSH, 'delivery-2')).expect(200);
    expect(replayed.body).toMatchObject({ eventId: 'delivery-2', duplicate: false, flags: ['BODY_SEEN'] });
    await send(slave, await github(PUSH, 'delivery-3', 'of-somebody-else')).expect(401, /WRONG_SIGNATURE/);

    const again = await startMaster(store, String(first.port));
    const log = await agreed(4);
    expect(log.map(({ source, eventId, flags }) => [source, eventId, flags])).toEqual([
      ['github', 'delivery-1', undefined],
      ['stripe', 'evt_1NG8Du2eZvKYlo2CUI79vXWy', undefined],
      ['slack', 'Ev123ABC456', undefined],
      ['github', 'delivery-2', ['BODY_SEEN']],
    ]);
    expect(log.map(({ body }) => body)).toEqual(
      [PUSH, CHARGE, MESSAGE, PUSH].map((body) => JSON.parse(body)),
    );

    // the nodes that did not take them know them, too
    await untilVoting(again, 2);
    const late = [await github(PUSH, 'delivery-1'), stripe(CHARGE), slack(MESSAGE)];
    for (const one of late) {
      expect((await send(again, one).expect(200)).body).toMatchObject({ duplicate: true });
    }
    expect((await send(again, await github(PUSH, 'delivery-4')).expect(200)).body).toMatchObject({
      duplicate: false,
      flags: ['BODY_SEEN'],
    });
    expect(
      (await send(again, await github('{"another":"body"}', 'delivery-1')).expect(200)).body,
    ).toMatchObject({
      duplicate: false,
      flags: ['ID_REUSED'],
    });
    await agreed(6);
  });

  it('are promoted with the time of their receipt once the secret is corrected', async () => {
    writeSources({ ...SECRETS, github: 'mistyped-secret' });
    const master = await startMaster(memoryStore('00000000000000aa'));
    const slave = await startSlave('slave-1', '00000000000000b1', master);
    await untilVoting(master, 1);
    const before = Date.now();
    await send(slave, await github(PUSH, 'delivery-1')).expect(401);
    const after = Date.now();
    await send(master, stripe(CHARGE)).expect(200);
    await agreed(1);

    const verify = () => at(slave).post('/quarantine/1/verify').set('x-token', API_KEY);
    await verify().expect(409, /"reason":"WRONG_SIGNATURE"/);
    writeSources(SECRETS);
    await slave.reload!();
    await verify().expect(200, /"eventId":"delivery-1"/);

    const [, promoted] = await agreed(2);
    expect(promoted).toMatchObject({
      sequence: 2,
      source: 'github',
      eventId: 'delivery-1',
      body: JSON.parse(PUSH),
    });
    expect(promoted!['receivedAt']).toBeGreaterThanOrEqual(before);
    expect(promoted!['receivedAt']).toBeLessThanOrEqual(after);
    expect((await at(slave).get('/quarantine').set('x-token', API_KEY).expect(200)).body.entries).toEqual([]);
  });
});

describe('a node with sources', () => {
  it('shows its quarantine to nobody without the key', async () => {
    const node = await startMaster(memoryStore('00000000000000aa'));
    await send(node, await github('{}', 'delivery-1', 'of-somebody-else')).expect(401);
    await at(node)
      .get('/quarantine')
      .expect(401, /TOKEN_MISSING/);
    await at(node)
      .post('/quarantine/1/verify')
      .set('x-token', 'another-key')
      .expect(401, /TOKEN_WRONG/);
    await at(node)
      .delete('/quarantine/1')
      .expect(401, /TOKEN_MISSING/);
    expect((await at(node).get('/quarantine').set('x-token', API_KEY)).body.entries).toHaveLength(1);
  });

  it('has its quarantine after a restart', async () => {
    const store = memoryStore('00000000000000aa');
    const first = await startMaster(store);
    await send(first, await github('{}', 'delivery-1', 'of-somebody-else')).expect(401);
    await stopped(first);
    const again = await startMaster(store);
    expect((await at(again).get('/quarantine').set('x-token', API_KEY)).body.entries).toMatchObject([
      { id: 1 },
    ]);
  });

  it('takes nothing without a name, and one without sources has no names', async () => {
    const node = await startMaster(memoryStore('00000000000000aa'));
    await at(node)
      .post('/webhook')
      .send({})
      .expect(404, /UNKNOWN_SOURCE/);
    const open = await started(startMemoryMaster({ NODE_ID: 'open' }, memoryStore('00000000000000cc')));
    await at(open).post('/webhook').send({}).expect(200);
    await at(open)
      .post('/webhook/github')
      .send({})
      .expect(404, /UNKNOWN_ROUTE/);
    expect(open.reload).toBeUndefined();
  });

  it('does not start with a mistake in its file', async () => {
    writeFileSync(join(folder, 'sources.json'), '{"sources":{"github":{}}}');
    await expect(startMaster(memoryStore('00000000000000aa'))).rejects.toMatchObject({
      code: 'BAD_SOURCES',
      path: '/sources/github/scheme',
    });
  });
});
