import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');

export type Role = 'master' | 'slave';

/** What `npx nx build <role>` writes, and what users run. */
export const bundleOf = (role: Role): string => join(ROOT, 'dist/apps', role, 'main.js');

/** Builds both apps through Nx (its cache makes an unchanged build free); exits with Nx's words if that fails. */
export function buildApps(): void {
  const nx = join(ROOT, 'node_modules/.bin/nx');
  const args = [nx, 'run-many', '-t', 'build', '-p', 'master,slave', '--outputStyle=static'];
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };
  const built = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: 'utf8' });
  if (built.status === 0) return;
  process.stderr.write(`${built.stdout}${built.stderr}\nthe build of the apps failed\n`);
  process.exit(1);
}

/** Specs run what Nx built before them (`test` of tools depends on both builds). */
export function requireBuiltApps(): void {
  for (const role of ['master', 'slave'] as const) {
    if (!existsSync(bundleOf(role)))
      throw new Error(`${bundleOf(role)} is missing: run npx nx build ${role}`);
  }
}
