import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REFUSING } from '@hooklog/service';
import { transformSync } from '@swc/core';
import { WARNINGS } from './warnings';

const README = readFileSync(join(__dirname, '../README.md'), 'utf8');

it('the example of the README runs', async () => {
  const example = /```ts\n([\s\S]*?)```/.exec(README)?.[1] ?? '';
  const inFunction = example.replace(/^import (?:\{(.*)\}|(\w+)) from ('.*');$/gm, (_, names, one, from) =>
    one ? `const ${one} = await load(${from});` : `const {${names}} = await load(${from});`,
  );
  const { code } = transformSync(`(async () => {${inFunction}})`, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  });
  const run = (0, eval)(`(load) => ${code.trim().replace(/;$/, '')}`) as (
    load: (name: string) => unknown,
  ) => () => Promise<void>;
  await expect(run(load)()).resolves.toBeUndefined();
});

it('the codes of what is wrong are those of the code', () => {
  const rows = [...README.matchAll(/^\| `([A-Z_]+)` +\| `(\w+)` +\|/gm)].map(([, code, under]) => ({
    code,
    under,
  }));
  expect(rows).toEqual([
    ...REFUSING.map((code) => ({ code, under: 'reasons' })),
    ...WARNINGS.map((code) => ({ code, under: 'warnings' })),
  ]);
});

async function load(name: string): Promise<unknown> {
  const module = (await import(name)) as { default?: unknown };
  return module.default ?? module;
}
