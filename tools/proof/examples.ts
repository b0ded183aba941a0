import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../cluster/build';

interface Event {
  readonly examples: readonly unknown[];
}

const FOLDER = join(ROOT, 'node_modules/@octokit/webhooks-examples');

/** Every payload of @octokit/webhooks-examples, as JSON text: api.github.com and each GitHub Enterprise release. */
export function exampleBodies(): string[] {
  const hosts = readdirSync(FOLDER, { withFileTypes: true }).filter((each) => each.isDirectory());
  return hosts.flatMap(({ name }) =>
    readEvents(join(FOLDER, name, 'index.json')).flatMap(({ examples }) =>
      examples.map((each) => JSON.stringify(each)),
    ),
  );
}

function readEvents(file: string): Event[] {
  return JSON.parse(readFileSync(file, 'utf8')) as Event[];
}
