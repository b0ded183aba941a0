import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/**
 * Core decides, drivers act. The boundary rule sees projects but no `node:` built-ins,
 * so what core may not touch is listed here by hand.
 */
const IMPURE_MODULES = [
  'fs',
  'fs/promises',
  'net',
  'http',
  'https',
  'http2',
  'dns',
  'tls',
  'dgram',
  'os',
  'process',
  'child_process',
  'cluster',
  'worker_threads',
  'timers',
  'timers/promises',
  'readline',
  'perf_hooks',
];
const IMPURE_PACKAGES = ['axios', 'express', 'level', 'classic-level', 'pino'];
const IMPURE_GLOBALS = [
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'performance',
  'console',
];

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '**/*.mjs', '**/jest.config.js', 'libs/object-id/assembly'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname + '/..' },
    },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          depConstraints: [
            { sourceTag: 'layer:core', onlyDependOnLibsWithTags: ['layer:core'] },
            { sourceTag: 'layer:driver', onlyDependOnLibsWithTags: ['layer:core'] },
            { sourceTag: 'layer:node', onlyDependOnLibsWithTags: ['layer:core', 'layer:driver'] },
            {
              sourceTag: 'layer:app',
              onlyDependOnLibsWithTags: ['layer:core', 'layer:driver', 'layer:node'],
            },
          ],
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'Name what is exported.' },
      ],
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: [
      'libs/object-id/**/*.ts',
      'libs/ordered-log/**/*.ts',
      'libs/sync-protocol/**/*.ts',
      'libs/webhook-signature/**/*.ts',
    ],
    ignores: ['**/*.spec.ts', '**/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [...IMPURE_MODULES.flatMap((name) => [name, `node:${name}`]), ...IMPURE_PACKAGES].map(
            (name) => ({
              name,
              message: 'Core has no clock, disk, network or process: take it as an argument.',
            }),
          ),
        },
      ],
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Core has no clock: take the time as an argument.' },
        { object: 'Math', property: 'random', message: 'Core has no randomness: take it as an argument.' },
      ],
    },
  },
  {
    files: ['**/*.spec.ts', '**/testing/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  prettier,
);
