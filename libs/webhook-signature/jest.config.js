const preset = require('../../jest.preset.js');

/** An oracle of the specs that is published as ES modules only. */
const OCTOKIT = '@octokit/webhooks-methods';

module.exports = {
  ...preset,
  displayName: 'webhook-signature',
  rootDir: __dirname,
  moduleNameMapper: {
    ...preset.moduleNameMapper,
    [`^${OCTOKIT}$`]: `${__dirname}/../../node_modules/${OCTOKIT}/dist-node/index.js`,
  },
  transform: { ...preset.transform, [`/${OCTOKIT}/.+\\.js$`]: preset.transform['^.+\\.ts$'] },
  transformIgnorePatterns: [`/node_modules/(?!${OCTOKIT}/)`],
};
