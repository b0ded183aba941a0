import { json, operation, type Paths, ref } from './operation';

export const CLUSTER_PATHS: Paths = {
  '/secondaries': {
    get: operation({
      operationId: 'listSecondaries',
      tag: 'cluster',
      door: 'client',
      summary: 'The other members, as the master sees them',
      answers: { 200: json('All but the master.', ref('SecondaryList')) },
      problems: ['NOT_MASTER'],
    }),
  },
  '/secondaries/{id}': {
    delete: operation({
      operationId: 'forgetSecondary',
      tag: 'cluster',
      door: 'client',
      summary: 'Forgets a slave that is gone for good',
      parameters: [
        {
          name: 'id',
          in: 'path',
          required: true,
          description: 'NODE_ID of the slave',
          schema: { type: 'string' },
        },
      ],
      answers: { 204: { description: 'It is no member any longer.' } },
      problems: ['NOT_MASTER', 'UNKNOWN_MEMBER', 'MEMBERS_CHANGING', 'SELF_REGISTRATION'],
    }),
  },
  '/secondary/list': {
    get: operation({
      operationId: 'listSecondariesBriefly',
      tag: 'older systems',
      door: 'client',
      summary: 'The other members in fewer words',
      answers: { 200: json('`status` is 1 while one is HEALTHY.', ref('OldSecondaryList')) },
      problems: ['NOT_MASTER'],
    }),
  },
  '/trigger_sync': {
    post: operation({
      operationId: 'compareNow',
      tag: 'cluster',
      door: 'client',
      summary: 'Compares with every slave now',
      parameters: [
        {
          name: 'settle',
          in: 'query',
          description: 'younger entries are left out, seconds',
          schema: { type: 'integer', minimum: 0, maximum: 31_536_000 },
        },
      ],
      answers: { 200: json('A report for each, also of failures.', ref('SyncReports')) },
      problems: ['NOT_MASTER', 'INVALID_SETTLE'],
    }),
  },
  '/promote': {
    post: operation({
      operationId: 'promote',
      tag: 'cluster',
      door: 'client',
      summary: 'Makes this node the master',
      description: 'It needs a majority of the voting members.',
      answers: { 200: json('It is the master.', ref('Promotion')) },
      problems: ['NO_QUORUM', 'NO_VOTE', 'PROMOTION_RUNNING', 'STALE_EPOCH', 'INCOMPLETE'],
    }),
  },
  '/demote': {
    post: operation({
      operationId: 'demote',
      tag: 'cluster',
      door: 'client',
      summary: 'Makes the master a slave, until some node is promoted',
      answers: { 200: json('It is a slave.', ref('Promotion')) },
      problems: ['NOT_MASTER', 'NO_QUORUM'],
    }),
  },
};
