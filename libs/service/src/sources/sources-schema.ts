const SECOND_MS = 1_000;
const BODY_BYTES_MAX = 25 * 1024 * 1024;
const QUARANTINE_ENTRIES_MAX = 100_000;
const QUARANTINE_BYTES_MAX = 1024 * 1024 * 1024;
const RATE_MAX = 1_000_000;

const secret = {
  description: 'must be a text, {"env": "NAME"} or {"file": "path"}',
  anyOf: [
    { type: 'string' },
    object({ env: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' } }, ['env']),
    object({ file: { type: 'string', pattern: '^[^\\0]{1,4096}$' } }, ['file']),
  ],
};
const secrets = { type: 'array', items: secret, minItems: 1, maxItems: 16 };
const text = { type: 'string', maxLength: 1024 };
const seconds = { type: 'integer' };

const scheme = {
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [
    ...['standard-webhooks', 'stripe', 'slack'].map((kind) => kindOf(kind, { toleranceSeconds: seconds })),
    ...['github', 'shopify', 'gitlab', 'bearer', 'basic'].map((kind) => kindOf(kind)),
    kindOf(
      'hmac',
      {
        header: text,
        algorithm: { enum: ['sha1', 'sha256', 'sha512'] },
        encoding: { enum: ['hex', 'base64', 'base64url'] },
        prefix: text,
        template: text,
        timestampHeader: text,
        secretEncoding: { enum: ['text', 'hex', 'base64', 'base64url'] },
        toleranceSeconds: seconds,
      },
      ['header', 'algorithm', 'encoding'],
    ),
  ],
};

const eventId = {
  description: 'must be {"header": "name"} or {"pointer": "/path"}',
  anyOf: [object({ header: text }, ['header']), object({ pointer: text }, ['pointer'])],
};

const handshake = {
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [kindOf('slack'), kindOf('meta', { verifyTokens: secrets }, ['verifyTokens'])],
};

const members = {
  retired: { const: false, description: 'must be true or false' },
  scheme,
  secrets,
  eventId,
  handshake,
  writeConcern: {
    description: 'must be a number of nodes from 1, "majority" or "all"',
    anyOf: [integer(1, 1_000), { enum: ['majority', 'all'] }],
  },
  deadlineMs: integer(1, 300 * SECOND_MS),
  onTimeout: { enum: ['accept', 'refuse'] },
  bodyBytesMax: integer(1, BODY_BYTES_MAX),
  rate: object(
    { perSecond: { type: 'number', minimum: 0.001, maximum: RATE_MAX }, burst: integer(1, RATE_MAX) },
    ['perSecond', 'burst'],
  ),
  quarantine: object({
    entriesMax: integer(0, QUARANTINE_ENTRIES_MAX),
    bytesMax: integer(0, QUARANTINE_BYTES_MAX),
  }),
};

export const SOURCE_MEMBERS: readonly string[] = Object.keys(members);

const active = object(members, ['scheme', 'secrets']);

const source = {
  type: 'object',
  if: { properties: { retired: { const: true } }, required: ['retired'] },
  else: active,
};

/** A source is a part of a URL. No NUL: the identity of an event ends its source with one. */
const names = {
  pattern: '^[a-z0-9][a-z0-9._-]{0,63}$',
  description: 'has a name that is not 1 to 64 small letters, digits, dots, underscores or hyphens',
};

/** JSON Schema (draft 7) of a sources file. A description is what is said instead of the rule that was broken. */
export const SOURCES_SCHEMA = object(
  { sources: { type: 'object', propertyNames: names, additionalProperties: source, maxProperties: 10_000 } },
  ['sources'],
);

function object(properties: object, required: readonly string[] = []): object {
  return { type: 'object', properties, required, additionalProperties: false };
}

function kindOf(kind: string, properties: object = {}, required: readonly string[] = []): object {
  return object({ kind: { const: kind }, ...properties }, ['kind', ...required]);
}

function integer(minimum: number, maximum: number): object {
  return { type: 'integer', minimum, maximum };
}
