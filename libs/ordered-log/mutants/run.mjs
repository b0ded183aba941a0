#!/usr/bin/env node
/**
 * Proves the suites: each mutant is one small fault in a copy of the library, and some spec has to notice.
 * Exit code 1 when a mutant lives, or when a text to replace is not found exactly once.
 *
 *   node libs/ordered-log/mutants/run.mjs [part of a name]
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const require = createRequire(join(root, 'package.json'));
const run = promisify(execFile);

/** The quick specs first; the suite on a disk repeats what the one in memory says. */
const STAGES = [
  ['conformance', '-t', 'memory-level'],
  [
    'ahead|append-all|index-rows|reads|waiting|gathering|database|arrivals|failure|damage|learn|scrub|frame|marks|crash|model|rivals|restored|corrupt|earlier|receipt|fingerprints|behind|hash-filter|identity-times|known-bodies|recent-records',
  ],
];
const KILLED_AFTER_MS = 300_000;

function mutate(source, { search, replace, name }) {
  const parts = source.split(search);
  if (parts.length !== 2)
    throw new Error(`"${name}": its text is there ${parts.length - 1} times: ${search}`);
  return parts.join(replace);
}

function mutantFolder(mutant) {
  const folder = mkdtempSync(join(tmpdir(), 'hooklog-mutant-'));
  cpSync(join(here, '../src'), join(folder, 'src'), { recursive: true });
  const file = join(folder, 'src', mutant.file);
  const changes = [mutant, ...(mutant.also ? [{ ...mutant.also, name: mutant.name }] : [])];
  writeFileSync(file, changes.reduce(mutate, readFileSync(file, 'utf8')));
  const preset = require(join(root, 'jest.preset.js'));
  const [pattern, [, options]] = Object.entries(preset.transform)[0];
  const config = {
    ...preset,
    rootDir: folder,
    modulePaths: [join(root, 'node_modules')],
    transform: { [pattern]: [require.resolve('@swc/jest'), options] },
    testPathIgnorePatterns: ['readme'],
  };
  writeFileSync(join(folder, 'jest.config.json'), JSON.stringify(config));
  return folder;
}

async function isKilledBy(folder, stage) {
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const options = [
    '--config',
    join(folder, 'jest.config.json'),
    '--bail',
    '--silent',
    '--runInBand',
    ...stage,
  ];
  try {
    await run(process.execPath, [jest, ...options], {
      cwd: folder,
      timeout: KILLED_AFTER_MS,
      maxBuffer: 1 << 26,
    });
    return undefined;
  } catch (error) {
    const [, failed] = /● (.*)/.exec(error.stderr ?? '') ?? [];
    // LevelDB aborts the process where it finds what it holds for impossible
    const isAborted = error.signal === 'SIGABRT' && /leveldb.*Assertion/.test(error.stderr);
    if (failed === undefined && !error.killed && !isAborted) throw new Error(error.stderr);
    return failed ?? (isAborted ? 'it aborts' : 'it hangs');
  }
}

async function fateOf(mutant) {
  const folder = mutantFolder(mutant);
  try {
    for (const stage of STAGES) {
      const killer = await isKilledBy(folder, stage);
      if (killer !== undefined) return killer;
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = process.argv[2] ?? '';
const mutants = JSON.parse(readFileSync(join(here, 'mutants.json'), 'utf8')).filter(({ name }) =>
  name.includes(wanted),
);
const queue = [...mutants];
const alive = [];

async function work() {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const killer = await fateOf(mutant);
    if (killer === undefined) alive.push(mutant.name);
    console.log(`${killer === undefined ? 'ALIVE ' : 'killed'} | ${mutant.name} | ${killer ?? ''}`);
  }
}

await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
console.log(`${mutants.length - alive.length} of ${mutants.length} mutants killed`);
process.exitCode = alive.length > 0 || mutants.length === 0 ? 1 : 0;
