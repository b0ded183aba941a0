import { readFileSync } from 'node:fs';
import { parseTree, printCanonical } from './testing/reference';
import { seededRandom } from './testing/random';
import { respell } from './testing/respell';
import { outcome } from './testing/vectors';
import { canonicalize } from './canonical/canonicalize';

const WEBHOOKS = require.resolve('@octokit/webhooks-examples');

describe("GitHub's example webhooks", () => {
  const hooks = JSON.parse(readFileSync(WEBHOOKS, 'utf8')) as { name: string; examples: unknown[] }[];
  const cases = hooks.map(
    ({ name, examples }) => [name, examples.map((body) => Buffer.from(JSON.stringify(body)))] as const,
  );

  it.each(cases)('%s: canonical as the reference says, under any spelling', (_, bodies) => {
    for (const [seed, body] of bodies.entries()) {
      const random = seededRandom(seed);
      const tree = parseTree(body);
      const expected = { canonical: Buffer.from(printCanonical(tree)).toString('hex'), iJson: true };
      const respelled = respell(tree, { order: random, space: random, escapes: random, numbers: random });
      expect(outcome(canonicalize, body)).toEqual(expected);
      expect(outcome(canonicalize, Buffer.from(respelled))).toEqual(expected);
    }
  });
});
