import { json, operation, type Paths, ref } from './operation';

export const HEALTH_PATHS: Paths = {
  '/livez': {
    get: operation({
      operationId: 'isAlive',
      tag: 'health',
      door: 'anybody',
      isHealth: true,
      summary: 'The process answers',
      answers: { 200: json('It does.', ref('Alive')) },
    }),
  },
  '/readyz': {
    get: operation({
      operationId: 'isReady',
      tag: 'health',
      door: 'anybody',
      isHealth: true,
      summary: 'Whether the node takes webhooks, and if not, why',
      answers: {
        200: json('It does.', ref('Readiness')),
        503: json('It does not, for each of `reasons`.', ref('Readiness')),
      },
    }),
  },
  '/healthcheck': {
    get: operation({
      operationId: 'isHealthy',
      tag: 'health',
      door: 'anybody',
      isHealth: true,
      summary: 'Who this node is, and how far its log is',
      description: 'In one word for who takes any type, in JSON for who names it.',
      answers: {
        200: {
          description: 'Its store can be written.',
          content: {
            'application/json': { schema: ref('Health') },
            'text/plain': { schema: { const: 'HEALTHY' } },
          },
        },
        503: {
          description: 'Its store failed.',
          content: {
            'application/json': { schema: ref('Health') },
            'text/plain': { schema: { const: 'STORE_FAILED' } },
          },
        },
      },
    }),
  },
  '/metrics': {
    get: operation({
      operationId: 'readMetrics',
      tag: 'health',
      door: 'client',
      summary: 'Metrics in the text format of Prometheus',
      answers: {
        200: {
          description: 'What is known now.',
          content: { 'text/plain': { schema: { type: 'string', pattern: '^# HELP ' } } },
        },
      },
    }),
  },
  '/openapi.json': {
    get: operation({
      operationId: 'readOpenApi',
      tag: 'health',
      door: 'anybody',
      summary: 'This document',
      answers: {
        200: json('OpenAPI 3.1.', {
          type: 'object',
          required: ['openapi', 'info', 'paths'],
          properties: { openapi: { const: '3.1.0' }, info: { type: 'object' }, paths: { type: 'object' } },
        }),
      },
    }),
  },
};
