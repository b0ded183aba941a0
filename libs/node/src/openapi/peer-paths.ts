import type { ProblemCode } from '@hooklog/service';
import { bytes, json, lines, operation, type Paths, ref, sentJson } from './operation';

/** Only nodes ask these of each other; PROTOCOL.md has what the bytes mean. */
export const PEER_PATHS: Paths = {
  '/register': {
    post: operation({
      operationId: 'register',
      tag: 'between nodes',
      door: 'node',
      summary: 'A slave asks the master to be a member',
      requestBody: sentJson(ref('SentRegistration')),
      answers: { 200: json('It is one.', ref('Registration')) },
      problems: ['NOT_MASTER', 'BAD_REGISTRATION', 'SELF_REGISTRATION', 'MEMBERS_CHANGING'],
    }),
  },
  '/master_sync': {
    post: operation({
      operationId: 'answerIdList',
      tag: 'between nodes',
      door: 'client or node',
      summary: 'Ids of a range in, entries out that are not among them',
      requestBody: {
        required: true,
        description:
          '`{slave_range_start, slave_range_end, master_ids}` or `[hash, timestamp, …]` in order of time',
        content: { 'application/json': { schema: { type: ['object', 'array'] } } },
      },
      answers: {
        200: lines('Entries.', ref('ListedEntry')),
      },
      problems: ['BAD_ID_LIST', 'IDS_UNSORTED', 'SYNC_RUNNING', 'BAD_FRAME', 'STORE_CHANGED'],
    }),
  },
  ...peerPath('append', 'answerAppend', 'The master sends its log', 'append', 'append', [
    'DISK_FULL',
    'DAMAGED_FRAME',
    'GAP',
    'DIVERGED',
    'STALE_EPOCH',
    'LEADING',
  ]),
  ...peerPath('promise', 'answerPromise', 'A candidate asks for a vote', 'promise', 'promise', [
    'STALE_EPOCH',
    'INCOMPLETE',
  ]),
  ...peerPath('records', 'answerRecords', 'A node asks for records of the log', 'records', 'records'),
  ...peerPath('reconcile', 'answerReconcile', 'A node compares ranges', 'reconcile', 'reconcile'),
  ...peerPath('entries', 'answerEntries', 'A node asks for entries that it lacks', 'reconcile', 'frames'),
  '/peer/v1/pending': {
    get: operation({
      operationId: 'followPending',
      tag: 'between nodes',
      door: 'node',
      summary: 'The master follows what a slave has taken; never ends by itself',
      parameters: [
        {
          name: 'store',
          in: 'query',
          required: true,
          description: 'of the slave',
          schema: { type: 'string' },
        },
        {
          name: 'after',
          in: 'query',
          description: 'an arrival, exclusive',
          schema: { type: 'integer', minimum: 0, default: 0 },
        },
      ],
      answers: { 200: bytes('Frames.', 'application/vnd.hooklog.frames') },
      problems: ['BAD_FRAME', 'STORE_CHANGED', 'OVERLOADED'],
    }),
  },
};

function peerPath(
  name: string,
  operationId: string,
  summary: string,
  asked: string,
  answered: string,
  problems: readonly ProblemCode[] = [],
): Paths {
  return {
    [`/peer/v1/${name}`]: {
      post: operation({
        operationId,
        tag: 'between nodes',
        door: 'node',
        summary,
        requestBody: { required: true, content: { [`application/vnd.hooklog.${asked}`]: {} } },
        answers: { 200: bytes('The answer.', `application/vnd.hooklog.${answered}`) },
        problems: [
          'BAD_FRAME',
          'BODY_INCOMPLETE',
          'BODY_TOO_LARGE',
          'STORE_CHANGED',
          'OVERLOADED',
          ...problems,
        ],
      }),
    },
  };
}
