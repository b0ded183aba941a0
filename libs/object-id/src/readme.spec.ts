import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { transformSync } from '@swc/core';
import * as objectId from './index';
import type { ObjectIdErrorCode } from './errors';

const README = readFileSync(join(__dirname, '../README.md'), 'utf8');
/** A code without a row here does not compile. */
const CODES: Readonly<Record<ObjectIdErrorCode, true>> = {
  EMPTY_BODY: true,
  INVALID_UTF8: true,
  INVALID_JSON: true,
  TOO_DEEP: true,
  NOT_A_DOCUMENT: true,
  INVALID_ID: true,
};

describe('the README', () => {
  it('has an example that runs', () => {
    const example = /```ts\n(.*?)```/s.exec(README)?.[1] ?? '';
    const { code } = transformSync(example, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    const modules: Record<string, unknown> = {
      '@hooklog/object-id': objectId,
      'node:assert': jest.requireActual('node:assert'),
    };
    const run = runInThisContext(`(require, exports) => {${code}}`) as (
      require: (name: string) => unknown,
      exports: object,
    ) => void;
    expect(example).toContain('@hooklog/object-id');
    run((name) => modules[name], {});
  });

  it('names every code', () => {
    const rows = [...README.matchAll(/^\| `([A-Z_0-9]+)`/gm)].map(([, code]) => code);
    expect(rows.sort()).toEqual(Object.keys(CODES).sort());
  });
});
