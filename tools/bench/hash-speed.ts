/** Measures the hasher in a process of its own, in the bundle that users run. Prints one line of JSON, HashFigures. */
import { createHash } from 'node:crypto';
import { canonicalize, canonicalizeInTypeScript, identify, scannerInUse } from '@hooklog/object-id';
import { crc32c } from '@node-rs/crc32';
import canonicalizeOfNpm from 'canonicalize';
import { print } from '../cluster/program';
import { type DocumentSet, type Growing, HOSTILE, numberSets, webhookSets } from './hash-documents';
import { median } from './measure';

export interface SetFigures {
  readonly name: string;
  readonly bodies: number;
  /** mean length of a body */
  readonly bytes: number;
  /** per body, median */
  readonly microseconds: Readonly<Record<Route, number>>;
  /** medians of the rounds' ratios */
  readonly ratios: Readonly<Record<Ratio, number>>;
}

export interface GrowthFigures {
  readonly name: string;
  readonly milliseconds: number;
  readonly twiceMilliseconds: number;
  readonly ratio: number;
}

export interface HashFigures {
  readonly scanner: string;
  readonly rounds: number;
  readonly webhooks: readonly SetFigures[];
  readonly numbers: readonly SetFigures[];
  readonly hostile: readonly GrowthFigures[];
}

const HOSTILE_BYTES = 1_000_000;
const ROUNDS = 21;
const HOSTILE_ROUNDS = 11;
/** of one route in one round, at least */
const SLICE_BYTES = 300_000;
const WARM_UP_ROUNDS = 6;
const RECEIVED_AT = 1_763_635_880_000;

const parse = (body: Buffer): unknown => JSON.parse(body.toString());
const npmForm = (body: Buffer): string => canonicalizeOfNpm(parse(body)) ?? '';

/** Ways to the canonical form with its crc32c, and to the identity: crc32c and SHA-256. */
const ROUTES = {
  parse,
  npmForm: (body: Buffer) => crc32c(npmForm(body)),
  npmIdentity: (body: Buffer) => {
    const canonical = Buffer.from(npmForm(body));
    return [crc32c(canonical), createHash('sha256').update(canonical).digest()];
  },
  typescriptForm: (body: Buffer) => crc32c(canonicalizeInTypeScript(body).canonical),
  typescriptIdentity: (body: Buffer) => {
    const { canonical } = canonicalizeInTypeScript(body);
    return [crc32c(canonical), createHash('sha256').update(canonical).digest()];
  },
  form: (body: Buffer) => crc32c(canonicalize(body).canonical),
  identity: (body: Buffer) => identify(body, RECEIVED_AT),
};
export type Route = keyof typeof ROUTES;

const RATIOS = {
  form: ['npmForm', 'form'],
  typescriptForm: ['npmForm', 'typescriptForm'],
  identity: ['npmIdentity', 'identity'],
  typescriptIdentity: ['npmIdentity', 'typescriptIdentity'],
  identityToParse: ['parse', 'identity'],
} as const satisfies Record<string, readonly [slower: Route, faster: Route]>;
export type Ratio = keyof typeof RATIOS;

/** In turns, so that a slow moment of the machine meets all of them. */
function measure({ name, bodies }: DocumentSet): SetFigures {
  const bytes = bodies.reduce((sum, { length }) => sum + length, 0);
  const repeats = Math.ceil(SLICE_BYTES / bytes);
  const times = mapped(ROUTES, (): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const route of Object.keys(ROUTES) as Route[]) {
      const time = slice(ROUTES[route], bodies, repeats);
      if (round >= 0) times[route].push(time);
    }
  }
  return {
    name,
    bodies: bodies.length,
    bytes: Math.round(bytes / bodies.length),
    microseconds: mapped(times, (all) => (1000 * median(all)) / (repeats * bodies.length)),
    ratios: mapped(RATIOS, ([one, other]) => median(times[one].map((time, at) => time / times[other][at]!))),
  };
}

function slice(route: (body: Buffer) => unknown, bodies: readonly Buffer[], repeats: number): number {
  const start = performance.now();
  for (let repeat = 0; repeat < repeats; repeat += 1) for (const body of bodies) route(body);
  return performance.now() - start;
}

function growth({ name, of }: Growing): GrowthFigures {
  const bodies = [of(HOSTILE_BYTES), of(2 * HOSTILE_BYTES)];
  const times: number[][] = [[], []];
  for (let round = -1; round < HOSTILE_ROUNDS; round += 1) {
    for (const [at, body] of bodies.entries()) {
      const time = slice(ROUTES.identity, [body], 1);
      if (round >= 0) times[at]!.push(time);
    }
  }
  const [milliseconds, twiceMilliseconds] = times.map(median) as [number, number];
  return { name, milliseconds, twiceMilliseconds, ratio: twiceMilliseconds / milliseconds };
}

function mapped<K extends string, V, W>(from: Readonly<Record<K, V>>, to: (value: V) => W): Record<K, W> {
  const entries = Object.entries<V>(from).map(([key, value]) => [key, to(value)]);
  return Object.fromEntries(entries) as Record<K, W>;
}

const figures: HashFigures = {
  scanner: scannerInUse(),
  rounds: ROUNDS,
  webhooks: webhookSets().map(measure),
  numbers: numberSets().map(measure),
  hostile: HOSTILE.map(growth),
};
print(JSON.stringify(figures));
