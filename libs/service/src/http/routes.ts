import type { RequestHandler } from 'express';
import { RequestError } from '../problem/request-error';

/** For a path that exists, behind the methods that it has. */
export function methodNotAllowed(...allowed: readonly string[]): RequestHandler {
  const allow = allowed.join(', ');
  return (req) => {
    throw new RequestError('METHOD_NOT_ALLOWED', `${req.path} has ${allow}, not ${req.method}.`, {
      headers: { allow },
    });
  };
}

/** Behind all routes of an app. */
export const unknownRoute: RequestHandler = (req) => {
  throw new RequestError('UNKNOWN_ROUTE', `This node has no ${req.path}.`);
};
