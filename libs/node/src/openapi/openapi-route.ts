import { methodNotAllowed } from '@hooklog/service';
import { Router } from 'express';
import { OPENAPI } from './document';

/** GET /openapi.json, for anybody. */
export function openApiRoute(): Router {
  const text = JSON.stringify(OPENAPI);
  const router = Router();
  router
    .route('/openapi.json')
    .get((_req, res) => void res.type('application/json').send(text))
    .all(methodNotAllowed('GET', 'HEAD'));
  return router;
}
