/**
 * Compiles the scanner: `npx nx run object-id:compile`. The bytes are kept as text in a source file, so that tests, tsx
 * and every bundler load them like any other source. `--check` writes nothing and fails when the file is not what the
 * compiler makes of the sources.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const FOLDER = dirname(fileURLToPath(import.meta.url));
const FILE = join(FOLDER, '../src/canonical/compiled/program.ts');

const source = `/** WebAssembly in base64, compiled from libs/object-id/assembly: not edited by hand. */
export const PROGRAM =
  '${(await compiled()).toString('base64')}';
`;
if (!process.argv.includes('--check')) writeFileSync(FILE, source);
else if (readFileSync(FILE, 'utf8') !== source) {
  console.error(
    'program.ts is not what libs/object-id/assembly compiles to: run npx nx run object-id:compile',
  );
  process.exit(1);
}

async function compiled() {
  let bytes;
  const options = ['index.ts', '--config', 'asconfig.json', '--baseDir', FOLDER, '--outFile', 'program.wasm'];
  const { error, stderr } = await main(options, {
    writeFile: (_name, contents) => (bytes = contents),
  });
  if (error) throw new Error(`${stderr}`);
  return Buffer.from(bytes);
}
