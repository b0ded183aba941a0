import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { requestIdOf } from './request-mark';

/**
 * In front of what operators do: one line when it was answered, with the id of the request, which the answer has too.
 * What only reads prints nothing.
 */
export function operatorLines(logger: Logger): RequestHandler {
  return (req, res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') return next();
    const requestId = requestIdOf(req);
    const { method, originalUrl } = req;
    const from = req.socket.remoteAddress;
    const path = originalUrl.split('?', 1)[0];
    res.setHeader('x-request-id', requestId);
    res.once('finish', () =>
      logger.info({ method, path, status: res.statusCode, requestId, from }, 'an operator asked'),
    );
    next();
  };
}
