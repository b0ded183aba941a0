import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../cluster/build';
import type { Image } from './dockerfile';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
}

/**
 * Lays out a folder as the image has it, without Docker: what its COPY lines name, from what is built here already, and
 * of the installed packages those that `npm ci --omit=dev` leaves.
 */
export function layOutImage({ copied }: Image, folder: string): void {
  for (const { from, to } of copied) {
    const source = from.replace(/^\/src\//, '');
    if (source === 'node_modules') layOutModules(join(folder, to));
    else copy(join(ROOT, source), join(folder, to));
  }
}

function layOutModules(folder: string): void {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  for (const [path, { dev, devOptional }] of Object.entries(packages)) {
    const source = join(ROOT, path);
    // what is for other platforms is not installed; what is inside of another package comes with it
    const isInner = path.lastIndexOf('node_modules/') > 0;
    if (path === '' || dev || devOptional || isInner || !existsSync(source)) continue;
    copy(source, join(folder, path.slice('node_modules/'.length)));
  }
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true });
}
