import { type ProblemCode, PROBLEMS } from '@hooklog/service';

/** A schema of JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Media {
  /** of each line, where the type is application/x-ndjson: OpenAPI 3.1 has no word for it */
  readonly schema?: Schema;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: Schema;
}

export interface RequestBody {
  readonly required: boolean;
  readonly description?: string;
  readonly content: Readonly<Record<string, Media>>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly [Tag];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: RequestBody;
  readonly responses: Readonly<Record<string, Answer>>;
}

export type Method = 'get' | 'post' | 'put' | 'delete';

export type Paths = Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>;

export type Tag = 'webhooks' | 'messages' | 'cluster' | 'health' | 'older systems' | 'between nodes';

/** Who may ask: anybody, clients and operators with the API key, or nodes with what their secret lets them sign. */
export type Door = 'anybody' | 'client' | 'node' | 'client or node';

const SECURITY: Readonly<Record<Door, Operation['security']>> = {
  anybody: [],
  client: [{ apiKey: [] }, { bearer: [] }],
  node: [{ nodeSignature: [] }],
  'client or node': [{ apiKey: [] }, { bearer: [] }, { nodeToken: [] }, { nodeSignature: [] }],
};

/** What any route may answer. */
const ALWAYS: readonly ProblemCode[] = [
  'MALFORMED_REQUEST',
  'REQUEST_TIMEOUT',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
];
/** What any route may that reads or writes the log. */
const OF_THE_LOG: readonly ProblemCode[] = ['STOPPING', 'CLOSED', 'STORE_FAILED', 'DAMAGED'];
const OF_TOKENS: readonly ProblemCode[] = ['TOKEN_MISSING', 'TOKEN_WRONG'];
const OF_SIGNATURES: readonly ProblemCode[] = [
  'SIGNATURE_MISSING',
  'SIGNATURE_WRONG',
  'CLOCK_SKEW',
  'REPLAYED',
];
const OF_DOORS: Readonly<Record<Door, readonly ProblemCode[]>> = {
  anybody: [],
  client: OF_TOKENS,
  node: OF_SIGNATURES,
  'client or node': [...OF_TOKENS, ...OF_SIGNATURES],
};

export interface Told extends Omit<Operation, 'tags' | 'security' | 'responses'> {
  readonly tag: Tag;
  readonly door: Door;
  readonly answers: Readonly<Record<string, Answer>>;
  /** beside those that any route has */
  readonly problems?: readonly ProblemCode[];
  /** answered even while the node stops */
  readonly isHealth?: boolean;
}

/** One method of one path, with all that it may answer. */
export function operation({ tag, door, answers, problems = [], isHealth, ...told }: Told): Operation {
  const shared = [...ALWAYS, ...(isHealth ? [] : OF_THE_LOG), ...OF_DOORS[door]];
  return {
    ...told,
    tags: [tag],
    security: SECURITY[door],
    responses: { ...answers, ...problemAnswers([...problems, ...shared], answers) },
  };
}

/** A JSON document that has to be sent. */
export function sentJson(schema: Schema): RequestBody {
  return { required: true, content: { 'application/json': { schema } } };
}

export function json(description: string, schema: Schema): Answer {
  return { description, content: { 'application/json': { schema } } };
}

export function lines(description: string, schema: Schema): Answer {
  return { description, content: { 'application/x-ndjson': { schema } } };
}

export function bytes(description: string, type: string): Answer {
  return { description, content: { [type]: {} } };
}

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The codes by their statuses; an answer of the same status may be one or the other. */
function problemAnswers(
  codes: readonly ProblemCode[],
  answers: Readonly<Record<string, Answer>>,
): Record<string, Answer> {
  const byStatus = new Map<string, ProblemCode[]>();
  for (const code of codes) {
    const status = String(PROBLEMS[code].status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, own]) => [status, problemAnswer(status, own, answers[status])]),
  );
}

function problemAnswer(status: string, codes: readonly ProblemCode[], other: Answer | undefined): Answer {
  const unique = [...new Set(codes)];
  const isThat = {
    type: 'object',
    properties: { status: { const: Number(status) }, code: { enum: unique } },
  };
  const content = { 'application/problem+json': { schema: { allOf: [ref('Problem'), isThat] } } };
  const titles = unique.map((code) => `${code}: ${PROBLEMS[code].title}.`).join(' ');
  const description = other === undefined ? titles : `${other.description} ${titles}`;
  const headers = {
    'x-request-id': {
      description: 'names this request in the lines of the node',
      schema: { type: 'string' },
    },
    ...(unique.some((code) => PROBLEMS[code].retryAfter !== undefined) && {
      'retry-after': { description: 'seconds after which it may succeed', schema: { type: 'string' } },
    }),
  };
  return { description, headers, content: { ...other?.content, ...content } };
}
