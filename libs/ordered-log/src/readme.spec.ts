import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { transformSync } from '@swc/core';
import * as objectId from '@hooklog/object-id';
import * as memoryLevel from 'memory-level';
import * as orderedLog from './index';

const README = readFileSync(join(__dirname, '../README.md'), 'utf8');

describe('the README', () => {
  it('has an example that runs', async () => {
    const example = /```ts\n(.*?)```/s.exec(README)?.[1] ?? '';
    const { code } = transformSync(
      example.replace(/^(?!import)/m, 'export const done = (async () => {\n') + '})();',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      },
    );
    const modules: Record<string, unknown> = {
      '@hooklog/object-id': objectId,
      '@hooklog/ordered-log': orderedLog,
      'memory-level': memoryLevel,
      'node:assert': jest.requireActual('node:assert'),
    };
    const run = runInThisContext(`(require, exports) => {${code}}`) as (
      require: (name: string) => unknown,
      exports: { done?: Promise<void> },
    ) => void;
    const exported: { done?: Promise<void> } = {};
    run((name) => modules[name], exported);
    await exported.done;
    expect(example).toContain('@hooklog/ordered-log');
  });

  it('tells every letter that rows begin with', () => {
    const keys = readFileSync(join(__dirname, 'rows/keys.ts'), 'utf8');
    const letters = [...keys.matchAll(/0x[0-9a-f]{2}; \/\/ ([A-Za-z])\b/g)].map(([, letter]) => letter);
    const rows = [...README.matchAll(/^\| `([A-Za-z])`/gm)].map(([, letter]) => letter);
    expect([...new Set(rows)].sort()).toEqual([...new Set(letters)].sort());
  });

  it('tells every note that a database has of itself, and every type of record', () => {
    const marks = readFileSync(join(__dirname, 'rows/marks.ts'), 'utf8');
    const names = [...marks.matchAll(/ownMetaKey\('([a-z-]+)'\)/g)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !README.includes(`\`${name}\``))).toEqual([]);
    const content = readFileSync(join(__dirname, 'frame/content.ts'), 'utf8');
    const [, codes = ''] = content.split(/^const FORMAT = \d+;$/m);
    const types = [...codes.matchAll(/^const ([A-Z]+) = (\d);$/gm)].slice(0, 4);
    expect(types).toHaveLength(4);
    for (const [, name, code] of types) expect(README).toContain(`| ${code} ${name!.toLowerCase()} `);
  });
});
