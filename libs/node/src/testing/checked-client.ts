import type { Express } from 'express';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import type { OpenApi } from '../openapi/document';
import type { Answer, Media, Method, Operation } from '../openapi/operation';
import type { RunningNode } from '../start';

export interface Ask {
  /** of the path's parameters, in their order */
  readonly path?: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | object;
  /** reads no more than the first bytes of a stream that never ends */
  readonly live?: boolean;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly bytes: Buffer;
}

const LINES = 'application/x-ndjson';

/** Asks nodes as the OpenAPI document says, and fails where it does not say what they answer. */
export class CheckedClient {
  /** `get /log 200`: what was asked, and answered as it is documented */
  readonly seen = new Set<string>();
  private readonly ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allErrors: true,
  });
  private readonly validators = new Map<object, ValidateFunction>();

  constructor(private readonly document: OpenApi) {
    // not the document itself, which is none: only what its references lead to
    this.ajv.addVocabulary(['components']);
    this.ajv.addSchema({ $id: 'openapi', components: document.components });
  }

  async ask(
    { port }: Pick<RunningNode, 'port'>,
    method: Method,
    path: string,
    ask: Ask = {},
  ): Promise<Answered> {
    const operation = this.document.paths[path]?.[method];
    if (operation === undefined) throw new Error(`${method} ${path} is not documented`);
    const response = await send(port, method, urlOf(path, ask, operation), ask);
    const answered = await read(response, ask);
    const where = `${method} ${path} ${answered.status}`;
    try {
      this.check(operation, response, answered);
    } catch (error) {
      throw new Error(`${where}: ${(error as Error).message}\n${answered.text.slice(0, 600)}`);
    }
    this.seen.add(where);
    return answered;
  }

  private check(operation: Operation, response: Response, { status, text, bytes }: Answered): void {
    const answer = operation.responses[String(status)];
    if (answer === undefined) throw new Error('this status is not documented');
    for (const name of ['x-request-id', 'retry-after']) {
      if (response.headers.has(name) && status >= 400 && isProblem(response) && !answer.headers?.[name])
        throw new Error(`the header ${name} is not documented`);
    }
    if (answer.content === undefined) {
      if (bytes.length > 0) throw new Error('no body is documented');
      return;
    }
    const type = response.headers.get('content-type')?.split(';', 1)[0] ?? 'none';
    this.checkBody(type, mediaOf(answer, type), text);
  }

  private checkBody(type: string, { schema }: Media, text: string): void {
    if (schema === undefined) return;
    if (type !== LINES) return this.validate(schema, type.endsWith('json') ? JSON.parse(text) : text);
    for (const line of text.split('\n').filter((each) => each !== ''))
      this.validate(schema, JSON.parse(line));
  }

  private validate(schema: object, value: unknown): void {
    let validator = this.validators.get(schema);
    if (validator === undefined) {
      // a reference begins at the document
      const text = JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components');
      validator = this.ajv.compile(JSON.parse(text) as object);
      this.validators.set(schema, validator);
    }
    if (!validator(value)) throw new Error(this.ajv.errorsText(validator.errors));
  }
}

function isProblem(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
}

function mediaOf({ content = {} }: Answer, type: string): Media {
  const media = content[type];
  if (media === undefined)
    throw new Error(`${type} is not documented, but ${Object.keys(content).join(' and ')}`);
  return media;
}

function urlOf(path: string, { path: values = [], query = {} }: Ask, { parameters = [] }: Operation): string {
  const unknown = Object.keys(query).filter(
    (name) => !parameters.some((parameter) => parameter.in === 'query' && parameter.name === name),
  );
  if (unknown.length > 0) throw new Error(`${path} has no documented parameter ${unknown.join()}`);
  let next = 0;
  const filled = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(values[next++] ?? ''));
  const text = new URLSearchParams(query).toString();
  return text === '' ? filled : `${filled}?${text}`;
}

function send(port: number, method: Method, path: string, { headers = {}, body }: Ask): Promise<Response> {
  const isPlain = typeof body === 'object' && !Buffer.isBuffer(body);
  const type = isPlain ? { 'content-type': 'application/json' } : {};
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method: method.toUpperCase(),
    headers: { ...type, ...headers },
    ...(body !== undefined && { body: isPlain ? JSON.stringify(body) : (body as string) }),
  });
}

async function read(response: Response, { live }: Ask): Promise<Answered> {
  if (!live || response.status !== 200) {
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, text: bytes.toString(), bytes };
  }
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  const bytes = Buffer.from(value ?? []);
  return { status: response.status, text: bytes.toString(), bytes };
}

interface Layer {
  readonly route?: {
    readonly path: string | readonly string[];
    readonly methods: Readonly<Record<string, boolean>>;
  };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/**
 * Every method and path that an app has a route for, as `get /messages/{}`. Where a method is only refused, or looked
 * at on its way, it is none.
 */
export function routesOf(app: Express): string[] {
  const routes = new Set<string>();
  const walk = (stack: readonly Layer[]): void => {
    for (const { route, handle } of stack) {
      if (handle.stack) walk(handle.stack);
      for (const path of route === undefined ? [] : [route.path].flat())
        for (const method of methodsOf(route!.methods))
          routes.add(`${method} ${nameless(path.replaceAll(/:\w+/g, '{}'))}`);
    }
  };
  walk((app.router as unknown as { stack: readonly Layer[] }).stack);
  return [...routes].sort();
}

/** None where all of them are: nobody means CONNECT, TRACE and the like. */
function methodsOf(methods: Readonly<Record<string, boolean>>): string[] {
  return 'trace' in methods ? [] : Object.keys(methods).filter((each) => each !== '_all');
}

/** The same of a document. */
export function operationsOf({ paths }: OpenApi): string[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${nameless(path)}`))
    .sort();
}

function nameless(path: string): string {
  return path.replaceAll(/\{\w*\}/g, '{}');
}
