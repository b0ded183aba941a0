import type { ProblemCode } from '@hooklog/service';
import { CONCERN, OF_BODIES, OF_CONCERNS, TIMEOUT } from './concern';
import { json, operation, type Parameter, type Paths, ref, sentJson } from './operation';

const IDEMPOTENCY_KEY: Parameter = {
  name: 'idempotency-key',
  in: 'header',
  description: 'names the message: sent again with it, it is the same one',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const OF_MESSAGES: readonly ProblemCode[] = [
  ...OF_BODIES,
  ...OF_CONCERNS,
  'EMPTY_BODY',
  'INVALID_UTF8',
  'INVALID_JSON',
  'ENTRY_TOO_LARGE',
  'INVALID_MESSAGE',
  'INVALID_EVENT_ID',
  'EVENT_ID_REUSED',
  'UNSUPPORTED_TYPE',
];

export const MESSAGE_PATHS: Paths = {
  '/insert': {
    post: operation({
      operationId: 'insertMessage',
      tag: 'older systems',
      door: 'client',
      summary: 'Appends a message, answered when all voting members have it',
      parameters: [TIMEOUT, IDEMPOTENCY_KEY],
      requestBody: sentJson(ref('SentInsert')),
      answers: { 200: json('It is stored.', ref('Receipt')) },
      problems: OF_MESSAGES,
    }),
  },
  '/replicate-item': {
    post: operation({
      operationId: 'takeItem',
      tag: 'older systems',
      door: 'client or node',
      summary: 'Takes a message from the master of an older replicated log',
      description: 'In any order, also twice. Only on a node that no master of this kind has.',
      requestBody: sentJson(ref('Item')),
      answers: { 201: json('It is durable.', ref('TakenItem')) },
      problems: [
        ...OF_BODIES,
        'EMPTY_BODY',
        'INVALID_UTF8',
        'INVALID_JSON',
        'INVALID_ITEM',
        'ENTRY_TOO_LARGE',
        'ITEM_CONFLICT',
        'IN_CLUSTER',
        'UNSUPPORTED_TYPE',
      ],
    }),
  },
  '/messages': {
    post: operation({
      operationId: 'postMessage',
      tag: 'messages',
      door: 'client',
      summary: 'Appends a message',
      parameters: [CONCERN, TIMEOUT, IDEMPOTENCY_KEY],
      requestBody: sentJson(ref('SentMessage')),
      answers: { 201: json('It is stored.', ref('Message')) },
      problems: OF_MESSAGES,
    }),
    put: operation({
      operationId: 'putMessage',
      tag: 'messages',
      door: 'client',
      summary: 'Appends a message; without `wc` answered when a majority has it',
      parameters: [CONCERN, TIMEOUT, IDEMPOTENCY_KEY],
      requestBody: sentJson(ref('SentMessage')),
      answers: { 200: json('It is stored.', ref('Message')) },
      problems: OF_MESSAGES,
    }),
    get: operation({
      operationId: 'listMessages',
      tag: 'messages',
      door: 'client',
      summary: 'All messages in order of sequence',
      answers: { 200: json('The messages.', ref('MessageList')) },
    }),
  },
  '/messages/{name}': {
    post: operation({
      operationId: 'postMessageWithConcern',
      tag: 'messages',
      door: 'client',
      summary: 'Appends a message with the write concern of the path',
      parameters: [
        {
          name: 'name',
          in: 'path',
          required: true,
          description: 'the write concern: 1, a number, `majority` or `all`',
          schema: { type: 'string' },
        },
        TIMEOUT,
        IDEMPOTENCY_KEY,
      ],
      requestBody: sentJson(ref('SentMessage')),
      answers: { 200: json('It is stored.', ref('Message')) },
      problems: OF_MESSAGES,
    }),
    get: operation({
      operationId: 'readMessage',
      tag: 'messages',
      door: 'client',
      summary: 'The text of a message by its digest',
      parameters: [
        {
          name: 'name',
          in: 'path',
          required: true,
          description: 'the SHA-256 of the text, 64 hex digits',
          schema: { type: 'string' },
        },
      ],
      answers: { 200: json('The message.', ref('MessageText')) },
      problems: ['UNKNOWN_MESSAGE'],
    }),
  },
};
