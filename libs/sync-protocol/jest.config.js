module.exports = { ...require('../../jest.preset.js'), displayName: 'sync-protocol', rootDir: __dirname };
