import { createHash, createHmac } from 'node:crypto';
import { Secrets } from '../process/redaction';
import { SyncError, type WriteConcern } from '@hooklog/sync-protocol';
import request from 'supertest';
import { RequestError } from '../problem/request-error';
import type { WriteConcerns } from '../routes/write-concern';
import { serveNode, type ServedNode } from '../testing/served-node';
import { type FoundSource, Sources } from './sources';

jest.setTimeout(30_000);

const SECRET = 'current-secret';
const NOON = Date.UTC(2026, 10, 20, 12);
const DOORS = { front: '/webhook', express: '/Webhook' } as const;

const CONFIG = {
  github: {
    scheme: { kind: 'github' },
    secrets: [SECRET],
    eventId: { header: 'X-GitHub-Delivery' },
    bodyBytesMax: 1_000,
  },
  slack: {
    scheme: { kind: 'slack' },
    secrets: [SECRET],
    eventId: { pointer: '/event_id' },
    handshake: { kind: 'slack' },
  },
  meta: {
    scheme: {
      kind: 'hmac',
      header: 'X-Hub-Signature-256',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: 'sha256=',
    },
    secrets: [SECRET],
    handshake: { kind: 'meta', verifyTokens: ['knock-knock'] },
  },
  gitlab: { scheme: { kind: 'gitlab' }, secrets: [SECRET] },
  slow: { scheme: { kind: 'github' }, secrets: [SECRET], rate: { perSecond: 0.1, burst: 1 } },
  old: { retired: true },
};

let now = NOON;
let sources: Sources;
let node: ServedNode;
const use = async (config: object): Promise<void> => {
  sources = await Sources.read(Buffer.from(JSON.stringify({ sources: config })), {
    env: {},
    folder: '.',
    secrets: new Secrets(),
  });
};
const find = (name: string): FoundSource => sources.find(name);
async function serve(concerns?: WriteConcerns): Promise<void> {
  node = await serveNode({ now: () => now, sources: { find }, ...(concerns && { concerns }) });
}
beforeEach(async () => {
  now = NOON;
  await use(CONFIG);
  await serve();
});
afterEach(() => node.close());

const hex = (text: string, secret = SECRET) => createHmac('sha256', secret).update(text).digest('hex');
const at = () => request(`http://127.0.0.1:${node.port}`);

interface Sent {
  readonly id?: string;
  readonly secret?: string;
  readonly door?: keyof typeof DOORS;
}

function github(body: string, { id = 'd-1', secret = SECRET, door = 'front' }: Sent = {}) {
  return at()
    .post(`${DOORS[door]}/github`)
    .set({
      'content-type': 'application/json',
      'x-github-delivery': id,
      'x-hub-signature-256': `sha256=${hex(body, secret)}`,
      authorization: 'Bearer of-somebody',
    })
    .send(body);
}

function slack(body: string, secret = SECRET, seconds = Math.floor(now / 1000)) {
  return at()
    .post('/webhook/slack')
    .set({
      'content-type': 'application/json',
      'x-slack-request-timestamp': String(seconds),
      'x-slack-signature': `v0=${hex(`v0:${seconds}:${body}`, secret)}`,
    })
    .send(body);
}

const entries = async (): Promise<Record<string, unknown>[]> => {
  const { text } = await at().get('/log?after=0').expect(200);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};
const quarantined = async () => (await at().get('/quarantine').expect(200)).body;

describe.each(['front', 'express'] as const)('POST /webhook/:source through the %s door', (door) => {
  const path = DOORS[door];

  it('takes what is signed, with its source and event id', async () => {
    const { body } = await github('{"b": 1.0}', { door }).expect(200);
    expect(body).toMatchObject({
      sequence: 1,
      duplicate: false,
      source: 'github',
      eventId: 'd-1',
      flags: [],
      replication: { acknowledged: 1, required: 1 },
    });
    const [entry] = await entries();
    expect(entry).toMatchObject({ source: 'github', eventId: 'd-1', kind: 'json', body: { b: 1 } });
    expect(entry).not.toHaveProperty('flags');
    expect(JSON.stringify(entry)).not.toContain('of-somebody');
  });

  it('refuses with 401 and the reason what another secret signed, and stores nothing', async () => {
    const { body, text } = await github('{"a":1}', { door, secret: 'other' }).expect(401);
    expect(body).toMatchObject({ code: 'SIGNATURE_REFUSED', reason: 'WRONG_SIGNATURE', status: 401 });
    for (const secret of [SECRET, hex('{"a":1}'), hex('{"a":1}', 'other')])
      expect(text).not.toContain(secret);
    await at()
      .post(`${path}/github`)
      .send('{"a":1}')
      .expect(401)
      .expect(/"reason":"MISSING_HEADER"/);
    expect(await entries()).toEqual([]);
  });

  it('verifies the bytes, and no other spelling of the same value', async () => {
    const headers = { 'x-github-delivery': 'd', 'x-hub-signature-256': `sha256=${hex('{"a":1}')}` };
    await at().post(`${path}/github`).set(headers).send('{"a": 1}').expect(401);
  });

  it('knows no other sources, and says that one is retired', async () => {
    await at()
      .post(`${path}/unknown`)
      .send('{}')
      .expect(404)
      .expect(/"code":"UNKNOWN_SOURCE"/);
    await at()
      .post(`${path}/old`)
      .send('{}')
      .expect(410)
      .expect(/"code":"RETIRED_SOURCE"/);
    await at()
      .post(path)
      .send('{}')
      .expect(404)
      .expect(/"code":"UNKNOWN_SOURCE"/);
    expect(await entries()).toEqual([]);
  });

  it('refuses what is larger than the source may send, before it is verified', async () => {
    await github(JSON.stringify('x'.repeat(1_000)), { door })
      .expect(413)
      .expect(/"bodyBytesMax":1000/);
    expect((await quarantined()).entries).toEqual([]);
  });

  it('refuses with 429 what is above the rate, once the sender is known', async () => {
    const send = (secret: string) =>
      at()
        .post(`${path}/slow`)
        .set('x-hub-signature-256', `sha256=${hex('{}', secret)}`)
        .send('{}');
    for (let i = 0; i < 3; i += 1) await send('other').expect(401);
    await send(SECRET).expect(200);
    await send(SECRET)
      .expect(429)
      .expect('retry-after', '10')
      .expect(/"code":"RATE_LIMITED"/);
    now += 10_000;
    await send(SECRET).expect(200);
  });
});

describe('a signed event id', () => {
  it('is the event for ever, whatever its body says', async () => {
    await slack('{"event_id":"Ev1","n":1}').expect(200, /"sequence":1,"duplicate":false/);
    now += 3_600_000;
    await slack('{"event_id":"Ev1","n":2}').expect(200, /"sequence":1,"duplicate":true/);
    await slack('{"event_id":"Ev2","n":1}').expect(200, /"sequence":2,"duplicate":false/);
  });

  it('with letters of any kind is answered as it came', async () => {
    const eventId = 'Grüße "\\" 世界 🌍';
    await use({ ...CONFIG, slack: { ...CONFIG.slack, eventId: { pointer: '/name' } } });
    const { body, text } = await slack(JSON.stringify({ name: eventId })).expect(200);
    expect(body.eventId).toBe(eventId);
    expect(text).toMatch(/^[ -~]+$/);
  });

  it('that is missing is refused with 400, and can be promoted once the rule is right', async () => {
    await slack('{"event":{"id":"Ev1"}}').expect(
      400,
      /"code":"EVENT_ID_REFUSED".*"reason":"MISSING_EVENT_ID"/,
    );
    await use({ ...CONFIG, slack: { ...CONFIG.slack, eventId: { pointer: '/event/id' } } });
    await at()
      .post('/quarantine/1/verify')
      .expect(200, /"eventId":"Ev1"/);
  });
});

describe('an event id that is not signed', () => {
  it('is the same event with the same body, also an hour later and through the other door', async () => {
    await github('{"a":1}').expect(200, /"sequence":1,"duplicate":false/);
    now += 3_600_000;
    const { body } = await github('{"a":1}', { door: 'express' }).expect(200);
    expect(body).toMatchObject({ sequence: 1, duplicate: true, flags: [] });
  });

  it('with another body is kept, and flagged', async () => {
    await github('{"a":1}').expect(200);
    const { body } = await github('{"a":2}').expect(200);
    expect(body).toMatchObject({ sequence: 2, duplicate: false, flags: ['ID_REUSED'] });
    const [first, second] = await entries();
    expect(first).not.toHaveProperty('flags');
    expect(second).toMatchObject({ eventId: 'd-1', flags: ['ID_REUSED'], body: { a: 2 } });
    expect(second!['headers']).not.toHaveProperty('hooklog-flags');
  });

  it('of a body that came under another one is kept, and flagged', async () => {
    await github('{"a":1}').expect(200);
    const { body } = await github('{"a":1}', { id: 'd-2' }).expect(200);
    expect(body).toMatchObject({ sequence: 2, duplicate: false, flags: ['BODY_SEEN'] });
    expect(await entries()).toMatchObject([{ eventId: 'd-1' }, { eventId: 'd-2', flags: ['BODY_SEEN'] }]);
    const again = await github('{"a":1}', { id: 'd-2' }).expect(200);
    expect(again.body).toMatchObject({ sequence: 2, duplicate: true, flags: ['BODY_SEEN'] });
  });

  it('that comes again has the flags that it had the first time', async () => {
    await github('{"a":1}').expect(200);
    await github('{"a":2}').expect(200);
    for (const [body, sequence, flags] of [
      ['{"a":1}', 1, []],
      ['{"a":2}', 2, ['ID_REUSED']],
    ] as const)
      expect((await github(body).expect(200)).body).toMatchObject({ sequence, duplicate: true, flags });
  });

  it('with two bodies at once is flagged once', async () => {
    const answers = await Promise.all([github('{"a":1}').expect(200), github('{"a":2}').expect(200)]);
    const flags = answers.flatMap(({ body }) => body.flags as string[]);
    expect(flags).toEqual(['ID_REUSED']);
    expect((await entries()).map((entry) => entry['flags'])).toEqual([undefined, ['ID_REUSED']]);
  });

  it('cannot be flagged by its sender', async () => {
    await github('{"a":1}').set('hooklog-flags', 'ID_REUSED').expect(200);
    expect((await entries())[0]).not.toHaveProperty('flags');
  });
});

describe('the quarantine', () => {
  it('lists what was refused, but neither headers nor body', async () => {
    await github('{"a":1}', { secret: 'other' }).expect(401);
    await at().post('/webhook/unknown').send('{}').expect(404);
    const { body, text } = await at().get('/quarantine').expect(200);
    expect(body).toEqual({
      entries: [
        {
          id: 1,
          source: 'github',
          receivedAt: NOON,
          reason: 'WRONG_SIGNATURE',
          contentType: 'application/json',
          bytes: 7,
        },
      ],
      next: null,
    });
    expect(text).not.toContain(hex('{"a":1}', 'other'));
  });

  it('is a page at a time', async () => {
    await use({ ...CONFIG, github: { ...CONFIG.github, quarantine: { entriesMax: 200 } } });
    for (let i = 0; i < 101; i += 1) await github('{}', { secret: 'other' }).expect(401);
    const first = await quarantined();
    expect([first.entries.length, first.next]).toEqual([100, 100]);
    const { body } = await at().get(`/quarantine?after=${first.next}`).expect(200);
    expect([body.entries.map(({ id }: { id: number }) => id), body.next]).toEqual([[101], null]);
    await at()
      .get('/quarantine?after=x')
      .expect(400, /"code":"INVALID_CURSOR"/);
  });

  it('promotes with the time of the receipt once the secret is corrected', async () => {
    await use({ ...CONFIG, slack: { ...CONFIG.slack, secrets: ['mistyped-secret'] } });
    await slack('{"event_id":"Ev1"}').expect(401);
    now += 86_400_000;
    await at()
      .post('/quarantine/1/verify')
      .expect(409, /"code":"STILL_REFUSED".*"reason":"WRONG_SIGNATURE"/);
    await use(CONFIG);
    const { body } = await at().post('/quarantine/1/verify').expect(200);
    expect(body).toMatchObject({ sequence: 1, duplicate: false, eventId: 'Ev1', source: 'slack' });
    expect(await entries()).toMatchObject([{ receivedAt: NOON, eventId: 'Ev1', body: { event_id: 'Ev1' } }]);
    expect((await quarantined()).entries).toEqual([]);
    await at()
      .post('/quarantine/1/verify')
      .expect(404, /"code":"UNKNOWN_QUARANTINED"/);
  });

  it('makes one entry of a delivery that came again meanwhile', async () => {
    await github('{"a":1}', { secret: 'next-secret' }).expect(401);
    await use({ ...CONFIG, github: { ...CONFIG.github, secrets: [SECRET, 'next-secret'] } });
    await github('{"a":1}', { secret: 'next-secret' }).expect(200);
    await at()
      .post('/quarantine/1/verify')
      .expect(200, /"sequence":1,"duplicate":true/);
    expect(await entries()).toHaveLength(1);
  });

  it('makes one entry of two promotions at once', async () => {
    await github('{"a":1}', { secret: 'next-secret' }).expect(401);
    await use({ ...CONFIG, github: { ...CONFIG.github, secrets: ['next-secret'] } });
    const answers = await Promise.all([1, 2].map(() => at().post('/quarantine/1/verify')));
    expect(answers.map(({ status }) => status).filter((status) => status !== 404)).toContain(200);
    expect(await entries()).toHaveLength(1);
  });

  it('deletes', async () => {
    await github('{"a":1}', { secret: 'other' }).expect(401);
    await at().delete('/quarantine/1').expect(204);
    for (const id of ['1', 'x', '0', '-1']) await at().delete(`/quarantine/${id}`).expect(404);
    expect((await quarantined()).entries).toEqual([]);
  });

  it('keeps no token: what shows one has to be sent again', async () => {
    await at()
      .post('/webhook/gitlab')
      .set('x-gitlab-token', 'another-token')
      .send('{}')
      .expect(401, /WRONG_TOKEN/);
    expect((await quarantined()).entries).toEqual([]);
    await github('{"a":1}', { secret: 'other' }).expect(401);
    const kept = await node.quarantine.find(1);
    expect(Object.keys(kept!.headers)).toContain('x-hub-signature-256');
    expect(JSON.stringify(kept!.headers)).not.toContain('of-somebody');
  });
});

describe('a handshake', () => {
  const asked = (token: string) =>
    `/webhook/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`;

  it('of Meta is answered as text', async () => {
    const answer = await at().get(asked('knock-knock')).expect(200, '1158201444');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
    await at()
      .get(asked('open'))
      .expect(403, /"code":"HANDSHAKE_REFUSED".*"reason":"WRONG_TOKEN"/);
    await at().get('/webhook/meta').expect(405);
    await at().get('/webhook/github').expect(405);
    await at().get('/webhook/unknown').expect(404);
    await at().get('/webhook/old').expect(410);
  });

  it('of Slack is answered when it is signed, and stores nothing', async () => {
    const body = '{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRN"}';
    await slack(body).expect(200, '3eZbrw1aBm2rZgRN');
    await slack(body, 'other').expect(401, /WRONG_SIGNATURE/);
    await slack('{"type":"url_verification","challenge":"a b"}').expect(403, /MALFORMED_CHALLENGE/);
    expect([await entries(), (await quarantined()).entries]).toEqual([[], []]);
  });
});

describe('a write concern of a source', () => {
  const never: WriteConcerns = {
    admit: () => undefined,
    wait: ({ sequence }) => Promise.resolve({ sequence, acknowledged: 1, required: 2, met: false }),
  };
  const refusing = (error: Error): WriteConcerns => ({
    ...never,
    admit: () => {
      throw error;
    },
  });
  const UNREACHABLE = new RequestError('CONCERN_UNREACHABLE', 'away');
  const TOO_LARGE = new SyncError('CONCERN_TOO_LARGE', 'too many');

  const send = async (concerns: WriteConcerns, onTimeout: string, writeConcern: WriteConcern = 2) => {
    await node.close();
    await serve(concerns);
    await use({ ...CONFIG, github: { ...CONFIG.github, writeConcern, onTimeout } });
    const { status, body } = await github('{"a":1}');
    return { status, body: body as object, stored: (await entries()).length };
  };

  it('that is not met in time is an error, or 200 that says how many have it', async () => {
    expect(await send(never, 'refuse')).toMatchObject({
      status: 504,
      body: { code: 'CONCERN_TIMEOUT' },
      stored: 1,
    });
    expect(await send(never, 'accept')).toMatchObject({
      status: 200,
      body: { sequence: 1, replication: { acknowledged: 1, required: 2 } },
      stored: 1,
    });
  });

  it('that cannot be met is refused with nothing stored, or stored here for a sender that never tries again', async () => {
    expect(await send(refusing(UNREACHABLE), 'refuse')).toMatchObject({ status: 503, stored: 0 });
    expect(await send(refusing(UNREACHABLE), 'accept')).toMatchObject({
      status: 200,
      body: { replication: { acknowledged: 1, required: 2 } },
      stored: 1,
    });
  });

  it('that keeps an event out leaves nothing of it that flags a later one', async () => {
    let isReachable = false;
    await node.close();
    await serve({
      admit: () => {
        if (!isReachable) throw UNREACHABLE;
      },
      wait: ({ sequence }) => Promise.resolve({ sequence, acknowledged: 2, required: 2, met: true }),
    });
    await use({ ...CONFIG, github: { ...CONFIG.github, writeConcern: 2, onTimeout: 'refuse' } });
    await github('{"a":1}').expect(503);
    isReachable = true;
    expect((await github('{"a":2}').expect(200)).body).toMatchObject({ sequence: 1, flags: [] });
  });

  it('that asks for more nodes than there are is a mistake either way', async () => {
    expect(await send(refusing(TOO_LARGE), 'accept')).toMatchObject({ status: 400, stored: 0 });
  });

  it('waits no longer than the deadline', async () => {
    const waited: number[] = [];
    const noting: WriteConcerns = {
      ...never,
      wait: (appended, concern, timeoutMs, signal) => {
        waited.push(timeoutMs);
        return never.wait(appended, concern, timeoutMs, signal);
      },
    };
    await send(noting, 'accept', 'majority');
    expect(waited[0]).toBeGreaterThan(0);
    expect(waited[0]).toBeLessThanOrEqual(8_000);
  });
});

it('the identity of an event is what its README says, half of it the digest where the id is not signed', async () => {
  await slack('{"event_id":"Ev1"}').expect(200);
  const { body } = await github('{"a":1}').expect(200);
  const identity = (source: string, eventId: string) =>
    createHash('sha256')
      .update(Buffer.concat([Buffer.of(1), Buffer.from(source), Buffer.of(0), Buffer.from(eventId)]))
      .digest('hex')
      .slice(0, 56);
  const [first] = await entries();
  expect(String(first!['key']).slice(16)).toBe(identity('slack', 'Ev1'));
  expect(body.key.slice(16)).toBe(identity('github', 'd-1').slice(0, 28) + body.digest.slice(0, 28));
});
