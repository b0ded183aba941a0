import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as orderedLog from '@hooklog/ordered-log';
import { transformSync } from '@swc/core';
import * as service from './index';

const IMPORT = /^import [\s\S]*?;$/gm;
const README = readFileSync(join(__dirname, '../README.md'), 'utf8');
const OURS: Readonly<Record<string, unknown>> = {
  '@hooklog/service': service,
  '@hooklog/ordered-log': orderedLog,
};

/** The example as a function, with what it gives back added at its end. */
function compile(
  example: string,
  result: string,
): (load: (name: string) => unknown) => Promise<Record<string, unknown>> {
  const imports = (example.match(IMPORT) ?? []).join('\n');
  const body = example.replaceAll(IMPORT, '');
  const source = `${imports}\nexport async function run() {\n${body}\nreturn ${result};\n}`;
  const options = {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  } as const;
  const { code } = transformSync(source, options);
  return (load) => {
    const exported: { run?: () => Promise<Record<string, unknown>> } = {};
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the README's own example
    (new Function('require', 'exports', code) as (load: unknown, exported: unknown) => void)(load, exported);
    return exported.run?.() ?? Promise.reject(new Error('the example has no code'));
  };
}

it('the example of the README does what it says', async () => {
  const example = /```ts\n([\s\S]+?)```/.exec(README)?.[1] ?? '';
  const installed = createRequire(__filename);
  const load = (name: string): unknown => OURS[name] ?? installed(name);
  const seen = await compile(example, '{ sequence, duplicate, again, refused }')(load);
  expect(seen).toMatchObject({
    sequence: 1,
    duplicate: false,
    again: { sequence: 1, duplicate: true },
    refused: { code: 'INVALID_JSON', status: 400, offset: 5 },
  });
});

it('the limits of the README are those of the code', () => {
  const rows = [...README.matchAll(/^\| `([a-z]\w+)` +\| ([\d.]+) +\|/gm)].map(([, name, value]) => [
    name,
    Number(value),
  ]);
  expect(Object.fromEntries(rows)).toEqual({ ...service.OVERLOAD_LIMITS, ...service.SERVER_LIMITS });
});
