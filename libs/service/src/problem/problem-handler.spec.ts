import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ObjectIdError } from '@hooklog/object-id';
import { LogError } from '@hooklog/ordered-log';
import { SyncError } from '@hooklog/sync-protocol';
import express from 'express';
import request from 'supertest';
import { listeningLogger } from '../testing/served-node';
import { PROBLEMS } from './codes';
import { problemHandler } from './problem-handler';
import { RequestError } from './request-error';

function failing(error: Error, begun = false) {
  const { logger, lines } = listeningLogger();
  const app = express();
  app.get('/fails/:x', (_req, res) => {
    if (begun) res.write('half');
    return Promise.reject(error);
  });
  return { app: app.use(problemHandler(logger)), lines };
}

describe('problemHandler', () => {
  it('answers a coded error as RFC 9457', async () => {
    const { app } = failing(new ObjectIdError('INVALID_JSON', 'a comma', 17));
    const answer = await request(app).get('/fails/1').set('x-request-id', 'mine-17').expect(400);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(JSON.parse(answer.text)).toEqual({
      type: 'urn:hooklog:problem:invalid-json',
      title: 'The body is not JSON',
      status: 400,
      code: 'INVALID_JSON',
      detail: 'a comma at byte 17',
      offset: 17,
      requestId: 'mine-17',
    });
    expect(answer.headers['x-request-id']).toBe('mine-17');
  });

  it.each(['', 'a b', '<b>', 'x'.repeat(65), '-o', 'ä'])(
    'gives a request an id of its own where it brings none that is sane: %j',
    async (given) => {
      const { app, lines } = failing(new Error('a bug'));
      const answer = await request(app)
        .get('/fails/1')
        .set('x-request-id', Buffer.from(given).toString('latin1'))
        .expect(500);
      const { requestId } = JSON.parse(answer.text);
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.headers['x-request-id']).toBe(requestId);
      expect(lines).toContainEqual(expect.objectContaining({ level: 'error', requestId }));
    },
  );

  it.each([
    [
      new LogError('GAP', 'missing', { position: { sequence: 3, n: 1 } }),
      409,
      { code: 'GAP', position: { sequence: 3, n: 1 } },
    ],
    [new SyncError('IDS_UNSORTED', 'unsorted', 5), 400, { code: 'IDS_UNSORTED', offset: 5 }],
    [
      new RequestError('AMBIGUOUS_ID', 'two', { members: { candidates: ['a', 'b'] } }),
      409,
      { candidates: ['a', 'b'] },
    ],
    [Object.assign(new Error('too big'), { status: 413 }), 413, { code: 'BODY_TOO_LARGE' }],
    [Object.assign(new Error('bad charset'), { status: 415 }), 415, { code: 'UNSUPPORTED_ENCODING' }],
    [Object.assign(new Error('no JSON'), { status: 400 }), 400, { code: 'MALFORMED_REQUEST' }],
  ])('knows the errors of every library: %#', async (error, status, members) => {
    const answer = await request(failing(error).app).get('/fails/1').expect(status);
    expect(JSON.parse(answer.text)).toMatchObject(members);
  });

  it('says when to come back, where that helps', async () => {
    const { app } = failing(new LogError('OVERLOADED', 'full'));
    const answer = await request(app).get('/fails/1').expect(503);
    expect(answer.headers['retry-after']).toMatch(/^[1-3]$/);
  });

  it.each([new Error('the password is hunter2'), 'a string of hunter2', { status: 200 }])(
    'hides what it does not know: %#',
    async (error) => {
      const { app, lines } = failing(error as Error);
      const answer = await request(app).get('/fails/1').expect(500);
      expect(JSON.parse(answer.text).code).toBe('INTERNAL');
      expect(answer.text).not.toContain('hunter2');
      expect(lines).toContainEqual(
        expect.objectContaining({ level: 'error', msg: 'request failed unexpectedly' }),
      );
    },
  );

  it('tells the paths of this machine only to its log', async () => {
    const { app, lines } = failing(new LogError('STORE_FAILED', '/var/data/log/000036.ldb: no space'));
    const answer = await request(app).get('/fails/1').expect(503);
    expect(answer.text).not.toContain('/var/data');
    expect(lines[0]).toMatchObject({ code: 'STORE_FAILED', detail: '/var/data/log/000036.ldb: no space' });
  });

  it('logs the stack of a bug', async () => {
    const { app, lines } = failing(new Error('a bug'));
    await request(app).get('/fails/1');
    expect(lines[0]).toMatchObject({
      path: '/fails/1',
      err: { message: 'a bug', stack: expect.stringContaining('spec') },
    });
  });

  it('refuses a path that cannot be decoded', async () => {
    const answer = await request(failing(new Error('never thrown')).app)
      .get('/fails/%E0%A4%A')
      .expect(400);
    expect(JSON.parse(answer.text).code).toBe('MALFORMED_REQUEST');
  });

  it('cuts an answer that has begun', async () => {
    await expect(request(failing(new Error('late'), true).app).get('/fails/1')).rejects.toThrow(
      /aborted|hang up/,
    );
  });

  it('prints a flood of refusals as one line', async () => {
    const { app, lines } = failing(new LogError('OVERLOADED', 'full'));
    for (let i = 0; i < 5; i += 1) await request(app).get('/fails/1').expect(503);
    expect(lines.filter(({ msg }) => msg === 'requests refused')).toHaveLength(1);
  });
});

describe('the codes', () => {
  const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `([A-Z_0-9]+)` +\| (\d+) +\| (.+?) +\|$/gm)].map(
    ([, code, status, title]) => [code, [Number(status), title]],
  );

  it('are those of the README, with their statuses and titles', () => {
    const table = Object.entries(PROBLEMS).map(([code, { status, title }]) => [code, [status, title]]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(table));
  });
});
