import { createConfig, lintFromString } from '@redocly/openapi-core';

// a program of its own: the linter is an ES module, and specs run as CommonJS

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const config = await createConfig({ extends: ['recommended-strict'] });
const problems = await lintFromString({ source: Buffer.concat(chunks).toString(), config });
const told = problems.map(({ ruleId, severity, message, location }) => ({
  ...{ ruleId, severity, message },
  at: location.map(({ pointer }) => pointer),
}));
process.stdout.write(JSON.stringify(told));
