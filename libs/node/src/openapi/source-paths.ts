import type { ProblemCode } from '@hooklog/service';
import { OF_BODIES } from './concern';
import { json, operation, type Parameter, type Paths, ref } from './operation';
import { DOCUMENT_BODY, OF_DOCUMENTS } from './webhook-paths';

const SOURCE: Parameter = {
  name: 'source',
  in: 'path',
  required: true,
  description: 'a sender that SOURCES names',
  schema: { type: 'string' },
};
const QUARANTINED: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: '`id` of the list',
  schema: { type: 'string' },
};
const OF_SOURCES: readonly ProblemCode[] = ['UNKNOWN_SOURCE', 'RETIRED_SOURCE', 'HANDSHAKE_REFUSED'];

/** Only on nodes with SOURCES; elsewhere 404 UNKNOWN_ROUTE. */
export const SOURCE_PATHS: Paths = {
  '/webhook/{source}': {
    post: operation({
      operationId: 'takeDelivery',
      tag: 'webhooks',
      door: 'anybody',
      summary: 'Takes what a sender has signed',
      description:
        'The rules of the source say on how many nodes it has to be, and for how long that is waited for.',
      parameters: [SOURCE],
      requestBody: DOCUMENT_BODY,
      answers: {
        200: {
          description: 'It is stored; or its handshake is answered, as text.',
          content: {
            'application/json': { schema: ref('DeliveryReceipt') },
            'text/plain': { schema: { type: 'string' } },
          },
        },
      },
      problems: [
        ...OF_DOCUMENTS,
        ...OF_BODIES,
        ...OF_SOURCES,
        'SIGNATURE_REFUSED',
        'EVENT_ID_REFUSED',
        'RATE_LIMITED',
        'CONCERN_TOO_LARGE',
        'CONCERN_UNREACHABLE',
        'CONCERN_TIMEOUT',
        'NOT_MASTER',
        'UNKNOWN_ROUTE',
      ],
    }),
    get: operation({
      operationId: 'answerHandshake',
      tag: 'webhooks',
      door: 'anybody',
      summary: 'Answers what a sender asks before it sends',
      parameters: [SOURCE, ...['hub.mode', 'hub.challenge', 'hub.verify_token'].map(handshakeParameter)],
      answers: {
        200: { description: 'The challenge.', content: { 'text/plain': { schema: { type: 'string' } } } },
      },
      problems: [...OF_SOURCES, 'METHOD_NOT_ALLOWED', 'UNKNOWN_ROUTE'],
    }),
  },
  '/quarantine': {
    get: operation({
      operationId: 'listQuarantine',
      tag: 'webhooks',
      door: 'client',
      summary: 'What this node refused for its signature',
      parameters: [
        {
          name: 'after',
          in: 'query',
          description: '`next` of the page before',
          schema: { type: 'integer', minimum: 1 },
        },
      ],
      answers: { 200: json('A page.', ref('QuarantinePage')) },
      problems: ['INVALID_CURSOR', 'UNKNOWN_ROUTE'],
    }),
  },
  '/quarantine/{id}': {
    delete: operation({
      operationId: 'forgetQuarantined',
      tag: 'webhooks',
      door: 'client',
      summary: 'Forgets it',
      parameters: [QUARANTINED],
      answers: { 204: { description: 'It is gone.' } },
      problems: ['UNKNOWN_QUARANTINED', 'UNKNOWN_ROUTE'],
    }),
  },
  '/quarantine/{id}/verify': {
    post: operation({
      operationId: 'verifyQuarantined',
      tag: 'webhooks',
      door: 'client',
      summary: 'Verifies it again, and takes it with the time of its receipt',
      parameters: [QUARANTINED],
      answers: { 200: json('It is stored.', ref('DeliveryReceipt')) },
      problems: [
        ...OF_DOCUMENTS,
        ...OF_SOURCES,
        'UNKNOWN_QUARANTINED',
        'STILL_REFUSED',
        'OVERLOADED',
        'DISK_FULL',
        'UNKNOWN_ROUTE',
      ],
    }),
  },
};

function handshakeParameter(name: string): Parameter {
  return { name, in: 'query', description: 'of Meta', schema: { type: 'string' } };
}
