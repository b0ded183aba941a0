import express from 'express';
import request from 'supertest';
import { problemHandler } from '../problem/problem-handler';
import { listeningLogger } from '../testing/served-node';
import { requireToken, serviceToken } from './token';

function appWith(...tokens: string[]) {
  const app = express();
  app.use('/closed', requireToken(tokens));
  app.get('/closed', (_req, res) => void res.json('in'));
  return app.use(problemHandler(listeningLogger().logger));
}

describe('requireToken', () => {
  it.each([
    ['x-token', 'right token'.replace(' ', '-')],
    ['authorization', 'Bearer right-token'],
    ['authorization', 'bearer  other-token'],
  ])('lets %s: %s pass', async (name, value) => {
    await request(appWith('right-token', 'other-token')).get('/closed').set(name, value).expect(200, '"in"');
  });

  it.each([
    ['authorization', 'Basic cmlnaHQtdG9rZW4='],
    ['authorization', 'right-token'],
    ['cookie', 'x-token=right-token'],
  ])('does not see a token in %s: %s', async (name, value) => {
    const answer = await request(appWith('right-token')).get('/closed').set(name, value).expect(401);
    expect(answer.body).toMatchObject({ code: 'TOKEN_MISSING', status: 401 });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="hooklog"');
  });

  it.each(['wrong', 'right-toke', 'right-token2', 'Right-Token', ''])(
    'refuses the token "%s"',
    async (token) => {
      const answer = await request(appWith('right-token')).get('/closed').set('x-token', token).expect(401);
      expect(answer.body.code).toBe('TOKEN_WRONG');
      expect(answer.text).not.toContain('right-token');
    },
  );

  it.each(['/closed', '/CLOSED', '/closed/', '/Closed?x=1'])('guards every spelling: %s', async (path) => {
    await request(appWith('right-token')).get(path).expect(401);
  });

  it('lets everybody pass when no token is configured', async () => {
    await request(appWith()).get('/closed').expect(200);
  });
});

describe('serviceToken', () => {
  it('is HKDF-SHA256 of the secret', () => {
    expect(serviceToken('a secret of a cluster')).toBe(
      '0d68b67d1fdb86f5c0246763e95057345c2ee479f113680030390b2ebc94671d',
    );
  });

  it('tells nothing of the secret, and differs for every other one', () => {
    expect(serviceToken('a')).not.toBe(serviceToken('b'));
    expect(serviceToken('a')).toMatch(/^[0-9a-f]{64}$/);
  });
});
