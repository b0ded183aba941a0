import express from 'express';
import request from 'supertest';
import { problemHandler } from '../problem/problem-handler';
import { eventually } from '../testing/eventually';
import { listeningLogger } from '../testing/served-node';
import { operatorLines } from './operator-lines';
import { unknownRoute } from './routes';

it('what an operator does is one line with the id that the answer has, done or refused; reading is none', async () => {
  const { logger, lines } = listeningLogger('info');
  const app = express();
  app.use(['/promote', '/secondaries'], operatorLines(logger));
  app.post('/promote', (_req, res) => void res.json({}));
  app.get('/secondaries', (_req, res) => void res.json({}));
  app.use(unknownRoute).use(problemHandler(logger));

  await request(app).get('/secondaries').expect(200);
  const done = await request(app).post('/promote?token=secret').set('x-request-id', 'night-1').expect(200);
  const refused = await request(app).delete('/secondaries/x').expect(404);
  expect(done.headers['x-request-id']).toBe('night-1');
  await eventually(() => lines.length === 2);
  expect(lines).toMatchObject([
    { msg: 'an operator asked', method: 'POST', path: '/promote', status: 200, requestId: 'night-1' },
    { method: 'DELETE', path: '/secondaries/x', status: 404, requestId: refused.headers['x-request-id'] },
  ]);
  expect(JSON.parse(refused.text).requestId).toBe(refused.headers['x-request-id']);
  expect(JSON.stringify(lines)).not.toContain('secret');
});
