module.exports = { ...require('../../jest.preset.js'), displayName: 'object-id', rootDir: __dirname };
