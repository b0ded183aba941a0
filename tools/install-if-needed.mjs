/**
 * Runs before `npm start`, `npm test` and the other commands: installs what package-lock.json names when that was
 * not done yet, or when the file changed since. `--installed` (after any npm install): only remembers the file.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const modules = join(root, 'node_modules');
const memory = join(modules, '.hooklog-lock');

const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

if (process.argv.includes('--installed')) remember();
else if (!isInstalled()) install();

function isInstalled() {
  return existsSync(memory) && readFileSync(memory, 'utf8').trim() === wanted;
}

function remember() {
  if (existsSync(modules)) writeFileSync(memory, `${wanted}\n`);
}

function install() {
  console.log('installing dependencies (npm ci): this is done once per package-lock.json');
  const { status, error } = spawnSync('npm', ['ci'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`npm ci failed${error ? `: ${error.message}` : ''}; nothing else was done`);
    process.exit(1);
  }
  remember();
}
