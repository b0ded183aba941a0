const { paths } = require('./tsconfig.base.json').compilerOptions;

/** `@hooklog/*` as in tsconfig.base.json, so that a path is written once. */
const moduleNameMapper = Object.fromEntries(
  Object.entries(paths).map(([alias, [file]]) => [`^${alias}$`, `${__dirname}/${file}`]),
);

/** An oracle of specs that is published as ES modules only. */
const OCTOKIT = '@octokit/webhooks-methods';
const swc = [
  '@swc/jest',
  { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
];

module.exports = {
  testEnvironment: 'node',
  /** ms; for machines that do other work as well: nothing passes or fails by how long it takes */
  testTimeout: 60_000,
  testMatch: ['**/*.spec.ts'],
  moduleFileExtensions: ['ts', 'js', 'json', 'node'],
  moduleNameMapper: {
    ...moduleNameMapper,
    [`^${OCTOKIT}$`]: `${__dirname}/node_modules/${OCTOKIT}/dist-node/index.js`,
  },
  transform: { '^.+\\.ts$': swc, [`/${OCTOKIT}/.+\\.js$`]: swc },
  transformIgnorePatterns: [`/node_modules/(?!${OCTOKIT}/)`],
};
