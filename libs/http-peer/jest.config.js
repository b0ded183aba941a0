module.exports = { ...require('../../jest.preset.js'), displayName: 'http-peer', rootDir: __dirname };
