module.exports = { ...require('../../jest.preset.js'), displayName: 'ordered-log', rootDir: __dirname };
