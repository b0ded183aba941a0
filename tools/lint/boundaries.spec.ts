import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../cluster/build';

interface Finding {
  readonly ruleId: string | null;
  readonly line: number;
}

const BOUNDARY = '@nx/enforce-module-boundaries';

/** Each line of a core file, and the rule that must refuse it; undefined: the line is allowed. */
const IN_CORE: readonly (readonly [line: string, rule: string | undefined])[] = [
  ["import { identify } from '@hooklog/object-id';", undefined],
  ["import { createLogger } from '@hooklog/service';", BOUNDARY],
  ["import { Replication } from '@hooklog/http-peer';", BOUNDARY],
  ["import * as fileSystem from 'node:fs';", 'no-restricted-imports'],
  ["import * as bareFileSystem from 'fs';", 'no-restricted-imports'],
  ["import * as http from 'node:http';", 'no-restricted-imports'],
  ["import * as axios from 'axios';", 'no-restricted-imports'],
  ["import * as level from 'level';", 'no-restricted-imports'],
  ['export const now = Date.now();', 'no-restricted-properties'],
  ['export const lot = Math.random();', 'no-restricted-properties'],
  ['export const pid = process.pid;', 'no-restricted-globals'],
  ['export const timer = setTimeout(() => undefined, 1);', 'no-restricted-globals'],
  [
    'export const used: unknown = [identify, createLogger, Replication, fileSystem, bareFileSystem, http, axios, level];',
    undefined,
  ],
];

const IN_DRIVER: typeof IN_CORE = [
  ["import { identify } from '@hooklog/object-id';", undefined],
  ["import * as http from 'node:http';", undefined],
  ["import { createLogger } from '@hooklog/service';", BOUNDARY],
  ["import { startNode } from '@hooklog/node';", BOUNDARY],
  ['export const used: unknown = [identify, http, createLogger, startNode, Date.now()];', undefined],
];

const IN_NODE: typeof IN_CORE = [
  ["import { identify } from '@hooklog/object-id';", undefined],
  ["import { createLogger } from '@hooklog/service';", undefined],
  ["import { Replication } from '@hooklog/http-peer';", undefined],
  ["import { readSlaveSettings } from '../../../apps/slave/src/settings';", BOUNDARY],
  ['export const used: unknown = [identify, createLogger, Replication, readSlaveSettings];', undefined],
];

describe('lint', () => {
  // without its project graph the boundary rule checks nothing, and says nothing
  beforeAll(() => {
    run('nx', ['show', 'projects', '--json']);
  });

  it.each([
    [
      'core may use core, and refuses drivers, disk, network, clock, randomness, process and timers',
      'libs/ordered-log/src/limits.ts',
      IN_CORE,
    ],
    ['the same of a core library without limits', 'libs/webhook-signature/src/verdict.ts', IN_CORE],
    [
      'a driver may use core and the network, and refuses the other driver and the node',
      'libs/http-peer/src/limits.ts',
      IN_DRIVER,
    ],
    ['the node may use core and drivers, and refuses apps', 'libs/node/src/settings.ts', IN_NODE],
  ])('%s', (_promise, file, lines) => {
    // a real file of the library: its text is replaced on the way to ESLint, nothing is written
    const found = lint(file, lines.map(([line]) => line).join('\n') + '\n');
    const refused = lines.map(([line], index) => [
      line,
      found.find((finding) => finding.line === index + 1)?.ruleId ?? undefined,
    ]);
    expect(refused).toEqual(lines);
  });
});

function lint(file: string, text: string): readonly Finding[] {
  const args = [
    '--config',
    'tools/eslint.config.mjs',
    '--format',
    'json',
    '--stdin',
    '--stdin-filename',
    file,
  ];
  const [result] = JSON.parse(run('eslint', args, text)) as { readonly messages: readonly Finding[] }[];
  return result?.messages ?? [];
}

function run(program: 'eslint' | 'nx', args: readonly string[], input = ''): string {
  const env = { ...process.env, NX_DAEMON: 'false', FORCE_COLOR: '0' };
  const bin = join(ROOT, 'node_modules/.bin', program);
  const options = { cwd: ROOT, env, input, encoding: 'utf8' } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, [bin, ...args], options);
  if (status === null || status > 1) throw new Error(`${program} failed:\n${stderr}${stdout}`);
  return stdout;
}
