import { PROBLEMS, REFUSING } from '@hooklog/service';
import { WARNINGS } from '../warnings';
import { ref, type Schema } from './operation';

const COUNT: Schema = { type: 'integer', minimum: 0 };
const TIME: Schema = { type: 'integer', minimum: 0, description: 'ms since the epoch' };
const SEQUENCE: Schema = {
  type: ['integer', 'null'],
  minimum: 1,
  description: 'place in the log; null: pending, the master has not given it one yet',
};
const ID: Schema = { type: 'string', pattern: '^[0-9a-f]{16}$', description: 'ObjectId' };
const KEY: Schema = {
  type: 'string',
  pattern: '^[0-9a-f]{72}$',
  description: 'full name, which begins with the id',
};
const DIGEST: Schema = {
  type: 'string',
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of the canonical form',
};
const STORE: Schema = { type: 'string', pattern: '^[0-9a-f]{16}$', description: 'name of a disk' };
const NODE: Schema = { type: 'string', minLength: 1, maxLength: 64 };
const HEALTH: Schema = { enum: ['HEALTHY', 'UNREACHABLE', 'FENCED', 'DIVERGED'] };
const ROLE: Schema = { enum: ['master', 'slave'] };
/** Seconds with microseconds or none, as older systems print them. */
const OLD_TIME: Schema = { type: 'string', minLength: 10 };

/** All members are required but those that are named. */
function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', required, properties, additionalProperties: false };
}

function list(items: Schema): Schema {
  return { type: 'array', items };
}

function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

const REPLICATION = object({
  acknowledged: { ...COUNT, description: 'nodes that have it on their disks, as far as it is known here' },
  required: { ...COUNT, description: 'nodes that were asked for' },
});

/** What a node tells of itself and of the others. */
const KNOWN = {
  node: NODE,
  role: ROLE,
  store: STORE,
  pending: { ...COUNT, description: 'entries that wait for the master' },
  master: { type: ['string', 'null'], description: 'URL of the master, as far as it is known here' },
  members: COUNT,
  incomplete: { type: 'boolean', description: 'it lost something, and does not vote, lead or count' },
  quorum: object({ voters: COUNT, healthy: COUNT, majority: { type: 'boolean' } }),
  registered: { type: 'boolean', description: 'a master has accepted this slave' },
  lastContactAgeMs: { type: ['integer', 'null'], minimum: 0 },
};
/** A master has a quorum, a slave is registered. */
const BY_ROLE = ['quorum', 'registered', 'lastContactAgeMs'];

const RECEIPT = {
  id: ID,
  key: KEY,
  digest: DIGEST,
  sequence: SEQUENCE,
  duplicate: { type: 'boolean', description: 'it is the same event as an entry that was there' },
  replication: REPLICATION,
};

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Receipt: object(RECEIPT),
  DeliveryReceipt: object(
    {
      ...RECEIPT,
      source: { type: 'string' },
      eventId: { type: 'string', description: 'none: its body is what names it' },
      flags: { ...list({ type: 'string' }), description: 'what was strange about its event id' },
    },
    ['eventId'],
  ),
  QuarantinePage: object({
    entries: list(
      object(
        {
          id: { ...COUNT, minimum: 1 },
          source: { type: 'string' },
          receivedAt: TIME,
          reason: { type: 'string' },
          contentType: { type: 'string' },
          bytes: COUNT,
        },
        ['contentType'],
      ),
    ),
    next: { type: ['integer', 'null'] },
  }),
  Problem: {
    type: 'object',
    description: 'RFC 9457',
    required: ['type', 'title', 'status', 'code', 'detail'],
    properties: {
      type: { type: 'string', pattern: '^urn:hooklog:problem:[a-z0-9-]+$' },
      title: { type: 'string' },
      status: { type: 'integer', minimum: 400, maximum: 599 },
      code: { enum: Object.keys(PROBLEMS) },
      detail: { type: 'string' },
      requestId: { type: 'string', description: 'none in a line of a stream' },
      offset: { ...COUNT, description: 'bytes into the body' },
      position: object({ sequence: COUNT, n: COUNT }),
      candidates: list(KEY),
      master: { type: 'string', description: 'where to ask instead' },
      id: ID,
      key: KEY,
      sequence: SEQUENCE,
      replication: REPLICATION,
      idempotencyKey: { type: 'string' },
      reason: { type: 'string', description: 'why a sender is not proved' },
    },
  },
  Entry: {
    ...object(
      {
        sequence: SEQUENCE,
        id: ID,
        key: KEY,
        digest: DIGEST,
        receivedAt: TIME,
        origin: object({ node: NODE, store: STORE, arrival: { ...COUNT, minimum: 1 } }),
        kind: { enum: ['json', 'bytes', 'message'] },
        source: { type: 'string' },
        eventId: { type: 'string' },
        headers: { type: 'object', additionalProperties: { type: 'string' } },
        body: { description: 'a JSON document byte for byte as it came, or text as a string' },
        bodyBase64: { type: 'string', description: 'bytes that are no text' },
      },
      ['source', 'eventId', 'body', 'bodyBase64'],
    ),
    oneOf: [{ required: ['body'] }, { required: ['bodyBase64'] }],
  },
  EntryPage: object({
    entries: list(ref('Entry')),
    next: { type: ['string', 'null'], description: '`after` of the next page; null: there is none' },
  }),
  SentMessage: object({ message: { type: 'string', minLength: 1 } }),
  SentInsert: object(
    {
      message: { type: 'string', minLength: 1 },
      writeConcern: { ...COUNT, description: 'so many nodes; 0: all' },
    },
    ['writeConcern'],
  ),
  Message: object({
    message: { type: 'string' },
    digest: { ...DIGEST, description: 'SHA-256 of the text' },
    id: ID,
    key: KEY,
    meta: object({
      message_id: SEQUENCE,
      registered_at: OLD_TIME,
      registered_to: { ...list(NODE), description: 'nodes that have it, as far as it is known here' },
    }),
  }),
  MessageList: object({ data: list(ref('Message')) }),
  MessageText: object({ message: { type: 'string' } }),
  Item: {
    type: 'object',
    description: 'Names may be written in any case, and `message` for `value`.',
    required: ['id'],
    properties: { id: { type: 'integer', minimum: 1 }, value: { type: 'string' } },
  },
  TakenItem: object({
    id: { type: 'integer', minimum: 1 },
    sequence: SEQUENCE,
    duplicate: { type: 'boolean' },
    missing: { type: 'integer', minimum: 1, description: 'the first id that is not here' },
  }),
  Secondary: object({
    id: NODE,
    url: { type: 'string' },
    store: STORE,
    voting: { type: 'boolean', description: 'it counts in quorums and write concerns' },
    health: HEALTH,
    since: { ...TIME, description: 'ms since the epoch: when `health` began' },
    sequence: {
      type: ['integer', 'null'],
      minimum: 0,
      description: 'the last that it has durably, and equal',
    },
    lag: { type: ['integer', 'null'], minimum: 0, description: 'entries that it has not acknowledged' },
    collected: { type: ['integer', 'null'], minimum: 0, description: 'last arrival that was taken from it' },
    lastSync: orNull(ref('SyncReport')),
    lastError: { type: ['string', 'null'], description: 'code of the failure that lasts now' },
  }),
  SecondaryList: object({ secondaries: list(ref('Secondary')) }),
  OldSecondaryList: object({
    data: list(
      object({
        id: NODE,
        host: { type: 'string' },
        port: { type: 'integer', minimum: 1, maximum: 65_535 },
        status: { enum: [0, 1] },
        last_healthy_status: orNull(OLD_TIME),
        last_status_change: OLD_TIME,
      }),
    ),
  }),
  SyncReport: object(
    {
      id: NODE,
      ok: { type: 'boolean' },
      at: TIME,
      from: TIME,
      to: TIME,
      clockOffsetMs: { type: ['number', 'null'] },
      compared: COUNT,
      complete: { type: 'boolean' },
      rounds: COUNT,
      bytesUp: COUNT,
      bytesDown: COUNT,
      missing: { ...COUNT, description: 'entries that this node lacked, or had to decide about' },
      received: COUNT,
      appended: COUNT,
      receipts: COUNT,
      lacking: { ...COUNT, description: 'entries that the slave has acknowledged and does not know' },
      milliseconds: { type: 'number', minimum: 0 },
      error: object({ code: { type: 'string' }, message: { type: 'string' } }),
    },
    ['error'],
  ),
  SyncReports: object({ reports: list(ref('SyncReport')) }),
  Promotion: object({
    epoch: { ...COUNT, minimum: 1 },
    committed: { type: 'boolean', description: 'a majority has all that this node has' },
    role: ROLE,
  }),
  ListedEntry: {
    ...object(
      {
        id: ID,
        hash: { ...COUNT, description: 'crc32c of the canonical form' },
        timestamp: { ...COUNT, description: 'unix seconds' },
        data: { description: 'a JSON document, or text as a string' },
        dataBase64: { type: 'string', description: 'bytes that are no text' },
      },
      ['data', 'dataBase64'],
    ),
    oneOf: [{ required: ['data'] }, { required: ['dataBase64'] }],
  },
  SentRegistration: object({ node: NODE, store: STORE, url: { type: 'string' } }),
  Registration: object({ node: NODE, epoch: { ...COUNT, minimum: 1 } }),
  Alive: object({ status: { const: 'alive' } }),
  Readiness: object(
    {
      status: { enum: ['ready', 'unready'] },
      reasons: { ...list(troubleOf(REFUSING)), description: 'why it takes no webhooks' },
      warnings: { ...list(troubleOf(WARNINGS)), description: 'what is wrong although it does' },
      ...KNOWN,
      lastFsyncAgeMs: { type: ['number', 'null'], description: 'null: nothing was written since the start' },
    },
    BY_ROLE,
  ),
  Health: object(
    {
      status: { enum: ['ok', 'failed'] },
      ...KNOWN,
      sequence: { ...COUNT, description: 'of the last entry of the log' },
      n: { ...COUNT, description: 'control records behind it' },
      epoch: COUNT,
      committed: { ...COUNT, description: 'the last sequence that a majority is known here to have' },
      chain: {
        type: 'string',
        pattern: '^[0-9a-f]{32}$',
        description: 'equal chains: equal logs up to there',
      },
    },
    BY_ROLE,
  ),
};

function troubleOf(codes: readonly string[]): Schema {
  return object({ code: { enum: codes }, detail: { type: 'string' } });
}
