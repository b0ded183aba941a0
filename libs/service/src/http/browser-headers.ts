import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * For what a browser may open: nothing here is a page, runs a script, or belongs into a frame. Requests that write come
 * from programs, often, and get none of this.
 */
export function browserHeaders(): RequestHandler {
  const set = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], sandbox: [] },
    },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  return (req, res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') set(req, res, next);
    else next();
  };
}
