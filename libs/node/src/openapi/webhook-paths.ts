import type { ProblemCode } from '@hooklog/service';
import { CONCERN, OF_BODIES, OF_CONCERNS, TIMEOUT } from './concern';
import { json, lines, operation, type Parameter, type Paths, ref } from './operation';

export const OF_DOCUMENTS: readonly ProblemCode[] = [
  'EMPTY_BODY',
  'INVALID_UTF8',
  'INVALID_JSON',
  'TOO_DEEP',
  'NOT_A_DOCUMENT',
  'ENTRY_TOO_LARGE',
];

export const DOCUMENT_BODY = {
  required: true,
  description: 'application/json and every +json is a document; anything else is kept as bytes',
  content: { 'application/json': { schema: { type: ['object', 'array'] } }, '*/*': {} },
} as const;

export const WEBHOOK_PATHS: Paths = {
  '/webhook': {
    post: operation({
      operationId: 'takeWebhook',
      tag: 'webhooks',
      door: 'anybody',
      summary: 'Takes one webhook',
      description: 'Answered when it is durable here, and on as many nodes as `wc` says.',
      parameters: [CONCERN, TIMEOUT],
      requestBody: DOCUMENT_BODY,
      answers: { 200: json('It is stored.', ref('Receipt')) },
      problems: [...OF_DOCUMENTS, ...OF_BODIES, ...OF_CONCERNS, 'UNKNOWN_SOURCE'],
    }),
  },
  '/webhooks': {
    post: operation({
      operationId: 'takeWebhooks',
      tag: 'webhooks',
      door: 'client',
      summary: 'Takes a stream of webhooks, one document a line',
      description: 'A line answers each line, in order, while the next ones arrive: a receipt or a problem.',
      parameters: [CONCERN, TIMEOUT],
      requestBody: {
        required: true,
        content: { 'application/x-ndjson': { schema: { type: ['object', 'array'] } } },
      },
      answers: {
        200: lines('One line for each line.', { anyOf: [ref('Receipt'), ref('Problem')] }),
      },
      problems: ['INVALID_CONCERN', 'INVALID_TIMEOUT', 'UNSUPPORTED_ENCODING', 'OVERLOADED', 'DISK_FULL'],
    }),
    get: operation({
      operationId: 'listWebhooks',
      tag: 'webhooks',
      door: 'client',
      summary: 'Entries by the time of their receipt',
      parameters: [
        timeParameter('from', 'inclusive'),
        timeParameter('to', 'exclusive'),
        {
          name: 'after',
          in: 'query',
          description: '`next` of the page before',
          schema: { type: 'string', pattern: '^[0-9a-f]{72}$' },
        },
        {
          name: 'limit',
          in: 'query',
          description: 'entries in a page',
          schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
        },
      ],
      answers: { 200: json('A page.', ref('EntryPage')) },
      problems: ['INVALID_RANGE', 'INVALID_CURSOR', 'INVALID_LIMIT'],
    }),
  },
  '/webhooks/{id}': {
    get: operation({
      operationId: 'readWebhook',
      tag: 'webhooks',
      door: 'client',
      summary: 'One entry',
      parameters: [
        {
          name: 'id',
          in: 'path',
          required: true,
          description: 'an ObjectId (16 hex digits) or a full key (72)',
          schema: { type: 'string' },
        },
      ],
      answers: { 200: json('The entry.', ref('Entry')) },
      problems: ['INVALID_ID', 'UNKNOWN_ID', 'AMBIGUOUS_ID'],
    }),
  },
  '/log': {
    get: operation({
      operationId: 'readLog',
      tag: 'webhooks',
      door: 'client',
      summary: 'The log by sequence, one entry a line',
      parameters: [
        {
          name: 'after',
          in: 'query',
          description: 'a sequence, exclusive',
          schema: { type: 'integer', minimum: 0, default: 0 },
        },
        { name: 'limit', in: 'query', description: 'entries', schema: { type: 'integer', minimum: 1 } },
      ],
      answers: { 200: lines('Entries.', ref('Entry')) },
      problems: ['INVALID_CURSOR', 'INVALID_LIMIT'],
    }),
  },
  '/get-all': {
    get: operation({
      operationId: 'readBodies',
      tag: 'older systems',
      door: 'client',
      summary: 'All bodies in order of sequence',
      answers: { 200: json('Documents, strings, and `{"bodyBase64"}`.', { type: 'array', items: {} }) },
    }),
  },
};

function timeParameter(name: string, bound: string): Parameter {
  return {
    name,
    in: 'query',
    description: `ms since the epoch or ISO 8601, ${bound}`,
    schema: { type: 'string' },
  };
}
