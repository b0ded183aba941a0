import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { ROOT } from '../cluster/build';
import { print } from '../cluster/program';
import type { GrowthFigures, HashFigures, Ratio, SetFigures } from './hash-speed';
import { machine } from './measure';

const PACKAGES = ['canonicalize', '@node-rs/crc32', 'assemblyscript'] as const;

/** How fast is the identity of a body, beside what npm has for it, and is it linear? */
export async function hasher(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false } },
  });
  const figures = JSON.parse(execFileSync(process.execPath, [await bundled()]).toString()) as HashFigures;
  const versions = PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(', ');
  if (values.json)
    print(JSON.stringify({ machine: machine(), versions, ...figures, means: meansOf(figures) }));
  else print(report(figures, versions));
  return 0;
}

/** As the nodes are: each file on its own, as tsx has it, is several times slower. */
async function bundled(): Promise<string> {
  const outfile = join(ROOT, 'dist/bench/hash-speed.js');
  await build({
    entryPoints: [join(__dirname, 'hash-speed.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'silent',
    tsconfig: join(ROOT, 'tools/tsconfig.json'),
    external: ['@node-rs/crc32'],
  });
  return outfile;
}

function versionOf(name: string): string {
  const file = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

/** Geometric means over the four sizes. */
function meansOf({ webhooks }: HashFigures): Record<Ratio, number> {
  const names = Object.keys(webhooks[0]?.ratios ?? {}) as Ratio[];
  const mean = (name: Ratio): number =>
    Math.exp(webhooks.reduce((sum, { ratios }) => sum + Math.log(ratios[name]), 0) / webhooks.length);
  return Object.fromEntries(names.map((name) => [name, mean(name)])) as Record<Ratio, number>;
}

const TITLES = [
  'µs per body',
  'bytes',
  'JSON.parse',
  'npm',
  'TypeScript',
  'here',
  'TS ×npm',
  'here ×npm',
  'npm',
  'TypeScript',
  'here',
  'TS ×npm',
  'here ×npm',
  '×parse',
];

function report(figures: HashFigures, versions: string): string {
  const { scanner, rounds, webhooks, numbers, hostile } = figures;
  return [
    `canonical form + crc32c, then the identity (+ SHA-256); ${rounds} rounds in turns, medians; scanner here: ${scanner}`,
    `${machine()}, ${versions}`,
    cells(['', '', '', 'form', '', '', '', '', 'identity', '', '', '', '', '']),
    cells(TITLES),
    ...webhooks.map(setLine),
    meanLine(meansOf(figures)),
    ...numbers.map(setLine),
    '',
    'identity of documents of 1 and 2 MB that a hostile sender may choose',
    ...hostile.map(growthLine),
  ].join('\n');
}

function setLine({ name, bytes, microseconds, ratios }: SetFigures): string {
  const { parse, npmForm, typescriptForm, form, npmIdentity, typescriptIdentity, identity } = microseconds;
  return cells([
    name,
    String(bytes),
    ...[parse, npmForm, typescriptForm, form].map((time) => time.toFixed(1)),
    ...[ratios.typescriptForm, ratios.form].map((ratio) => ratio.toFixed(2)),
    ...[npmIdentity, typescriptIdentity, identity].map((time) => time.toFixed(1)),
    ...[ratios.typescriptIdentity, ratios.identity, ratios.identityToParse].map((ratio) => ratio.toFixed(2)),
  ]);
}

function meanLine(means: Readonly<Record<Ratio, number>>): string {
  const { typescriptForm, form, typescriptIdentity, identity, identityToParse } = means;
  const [a, b, c, d, e] = [typescriptForm, form, typescriptIdentity, identity, identityToParse].map((ratio) =>
    ratio.toFixed(2),
  ) as [string, string, string, string, string];
  return cells(['geometric mean', '', '', '', '', '', a, b, '', '', '', c, d, e]);
}

function growthLine({ name, milliseconds, twiceMilliseconds, ratio }: GrowthFigures): string {
  const times = [milliseconds, twiceMilliseconds].map((time) => `${time.toFixed(1)} ms`.padStart(12));
  return `  ${name.padEnd(34)}${times.join('')}${`×${ratio.toFixed(2)}`.padStart(10)}`;
}

function cells([first = '', ...others]: readonly string[]): string {
  return `  ${first.padEnd(18)}${others.map((cell) => cell.padStart(11)).join('')}`;
}
