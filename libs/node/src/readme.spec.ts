import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';

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

async function load(name: string): Promise<unknown> {
  const module = (await import(name)) as { default?: unknown };
  return module.default ?? module;
}
