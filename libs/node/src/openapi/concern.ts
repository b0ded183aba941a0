import type { ProblemCode } from '@hooklog/service';
import type { Parameter } from './operation';

export const CONCERN: Parameter = {
  name: 'wc',
  in: 'query',
  description: 'nodes that have it on their disks before the answer: 1, a number, `majority` or `all`',
  schema: { type: 'string', pattern: '^([1-9][0-9]*|majority|all)$', default: '1' },
};

export const TIMEOUT: Parameter = {
  name: 'wtimeout',
  in: 'query',
  description: 'how long to wait for them, ms',
  schema: { type: 'integer', minimum: 1, maximum: 300_000, default: 10_000 },
};

export const OF_CONCERNS: readonly ProblemCode[] = [
  'INVALID_CONCERN',
  'CONCERN_TOO_LARGE',
  'INVALID_TIMEOUT',
  'CONCERN_UNREACHABLE',
  'CONCERN_TIMEOUT',
  'NOT_MASTER',
];

/** Of whatever brings a body that is stored. */
export const OF_BODIES: readonly ProblemCode[] = [
  'BODY_INCOMPLETE',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_ENCODING',
  'OVERLOADED',
  'DISK_FULL',
];
