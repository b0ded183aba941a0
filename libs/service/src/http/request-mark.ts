import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { NO_SOURCE } from '../measures/measures';

/** What a node notes of a request beside what it says itself. */
interface Marked {
  [ID]?: string;
  [SOURCE]?: string;
}

const ID = Symbol('request id');
const SOURCE = Symbol('source');
/** Others' ids are printed in lines and answers: nothing in them may need to be escaped anywhere. */
const SANE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The sender's `x-request-id` if it is 1 to 64 letters, digits, dots, underscores and hyphens, else one that is made here. */
export function requestIdOf(req: IncomingMessage & Marked): string {
  const given = req.headers['x-request-id'];
  return (req[ID] ??= typeof given === 'string' && SANE.test(given) ? given : randomUUID());
}

/** For whoever knows that this source is configured: how a refusal of the request is counted. */
export function nameSource(req: IncomingMessage & Marked, source: string): void {
  req[SOURCE] = source;
}

export function namedSource(req: IncomingMessage & Marked): string {
  return req[SOURCE] ?? NO_SOURCE;
}
