module.exports = {
  ...require('../jest.preset.js'),
  displayName: 'tools',
  rootDir: __dirname,
  testTimeout: 120_000, // real processes on a machine that may be busy: a deadline, not an expectation
};
