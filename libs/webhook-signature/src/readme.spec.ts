import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { transformSync } from '@swc/core';
import type { SchemeErrorCode } from './errors';
import type { EventIdReason } from './event-id';
import type { HandshakeReason } from './handshake';
import * as webhookSignature from './index';
import type { Scheme } from './scheme';
import type { RefusalReason } from './verdict';

const README = readFileSync(join(__dirname, '../README.md'), 'utf8');
/** A name without a row here does not compile. */
const SCHEMES: Readonly<Record<Scheme['kind'], true>> = {
  'standard-webhooks': true,
  github: true,
  stripe: true,
  shopify: true,
  slack: true,
  gitlab: true,
  hmac: true,
  bearer: true,
  basic: true,
};
const REASONS: Readonly<Record<RefusalReason | EventIdReason | HandshakeReason, true>> = {
  MISSING_HEADER: true,
  DUPLICATE_HEADER: true,
  MALFORMED_HEADER: true,
  UNKNOWN_VERSION: true,
  WRONG_SIGNATURE: true,
  WRONG_TOKEN: true,
  TOO_OLD: true,
  TOO_NEW: true,
  MISSING_EVENT_ID: true,
  MALFORMED_EVENT_ID: true,
  AMBIGUOUS_EVENT_ID: true,
  BODY_NOT_JSON: true,
  MALFORMED_CHALLENGE: true,
};
const CODES: Readonly<Record<SchemeErrorCode, true>> = {
  NO_SECRET: true,
  MALFORMED_SECRET: true,
  MALFORMED_HEADER_NAME: true,
  MALFORMED_PREFIX: true,
  MALFORMED_TEMPLATE: true,
  MALFORMED_POINTER: true,
  INVALID_TOLERANCE: true,
};

describe('the README', () => {
  it('has an example that runs', () => {
    const example = /```ts\n(.*?)```/s.exec(README)?.[1] ?? '';
    const { code } = transformSync(example, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    const modules: Record<string, unknown> = {
      '@hooklog/webhook-signature': webhookSignature,
      'node:assert': jest.requireActual('node:assert'),
      'node:crypto': jest.requireActual('node:crypto'),
    };
    const run = runInThisContext(`(require, exports) => {${code}}`) as (
      require: (name: string) => unknown,
      exports: object,
    ) => void;
    expect(example).toContain('@hooklog/webhook-signature');
    run((name) => modules[name], {});
  });

  it.each([
    ['scheme', 'Schemes', SCHEMES],
    ['reason', 'Reasons', { ...REASONS, ...CODES }],
  ])('names every %s', (_what, section, names) => {
    const text = README.split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
    const rows = [...text.matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual(Object.keys(names).sort());
  });
});
