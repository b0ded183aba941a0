module.exports = { ...require('../../jest.preset.js'), displayName: 'slave', rootDir: __dirname };
