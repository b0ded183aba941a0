import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { endBeforeBody, hasLongBodyLeft } from '../http/linger';
import { OVERLOAD_LIMITS } from '../http/overload';
import { Resting, type RestLimits } from '../http/resting';
import { namedSource, requestIdOf } from '../http/request-mark';
import { Measures } from '../measures/measures';
import { type Problem, problemFrom } from './problem';
import { Refusals } from './refusals';

/** Not worth a line for operators: the client went away. */
const CLIENT_LEFT = new Set([
  'BODY_INCOMPLETE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ECONNRESET',
  'EPIPE',
  'ABORT_ERR',
]);

/** What other nodes send, those of earlier versions too. */
const OF_NODES = /^\/(peer\/|replicate-item)/i;
/** What came as a webhook, whichever door it came to. */
const WEBHOOK = /^\/webhook([/?]|$)/i;

export type Refuse = (error: unknown, req: IncomingMessage, res: ServerResponse) => void;

/**
 * Answers an error as application/problem+json. When the answer had already begun the connection is cut, so that
 * nobody takes half an answer for a whole one. The id of the request is in the answer and in the line.
 */
export function refusing(
  logger: Logger,
  measures = new Measures(),
  limits: RestLimits = OVERLOAD_LIMITS,
): Refuse {
  const refusals = new Refusals(logger);
  const resting = new Resting(limits);
  return (error, req, res) => {
    const problem = problemFrom(error, requestIdOf(req));
    report(error, problem, req, logger, refusals);
    count(problem, req, measures);
    if (problem.code === 'OVERLOADED' && !OF_NODES.test(req.url ?? '')) resting.after(req, res);
    if (res.headersSent || res.destroyed) res.destroy();
    else answerProblem(req, res, problem);
  };
}

/** The last handler of an app. */
export function problemHandler(logger: Logger, refuse = refusing(logger)): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => refuse(error, req, res);
}

export function answerProblem(req: IncomingMessage, res: ServerResponse, problem: Problem): void {
  res.statusCode = problem.status;
  for (const [name, value] of Object.entries(problem.headers)) res.setHeader(name, value);
  if (hasLongBodyLeft(req)) endBeforeBody(req, res, problem.body);
  else res.end(problem.body);
}

function count({ code, status }: Problem, req: IncomingMessage, { problems, answers }: Measures): void {
  problems.count(String(status), code);
  if (req.method === 'POST' && WEBHOOK.test(req.url ?? ''))
    answers.count(namedSource(req), String(status), code);
}

function report(
  error: unknown,
  problem: Problem,
  req: IncomingMessage,
  logger: Logger,
  refusals: Refusals,
): void {
  const { method, url = '' } = req;
  const about = { code: problem.code, method, path: url.split('?', 1)[0], requestId: requestIdOf(req) };
  const left = CLIENT_LEFT.has(String((error as { code?: unknown }).code));
  if (left) return logger.debug(about, 'client left');
  if (problem.code === 'INTERNAL')
    return logger.error({ ...about, err: error }, 'request failed unexpectedly');
  if (problem.status === 500) return logger.error({ ...about, err: error }, 'request failed');
  if (problem.status > 500) return refusals.note(about, (error as Error).message);
  logger.debug({ ...about, status: problem.status }, 'request refused');
}
