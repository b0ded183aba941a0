import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { ROOT } from '../../cluster/build';
import { type Mutant, mutated } from './mutant';

/** Bundles the simulation, with a fault in it if one is given, as a program for worker processes. Returns its path. */
export async function bundle(mutant?: Mutant): Promise<string> {
  const name =
    mutant === undefined ? 'worker' : createHash('sha256').update(mutant.name).digest('hex').slice(0, 12);
  const outfile = join(ROOT, 'dist/simulate', `${name}-${process.pid}.js`);
  await build({
    entryPoints: [join(__dirname, 'worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    sourcemap: 'inline',
    logLevel: 'silent',
    tsconfig: join(ROOT, 'tools/tsconfig.json'),
    external: ['@node-rs/crc32'],
    plugins: mutant === undefined ? [] : [planting(mutant)],
  });
  return outfile;
}

function planting(mutant: Mutant): Plugin {
  return {
    name: 'planting',
    setup(plugins) {
      let planted = 0;
      plugins.onLoad({ filter: /[\\/]libs[\\/].*\.ts$/ }, ({ path }) => {
        const contents = mutated(mutant, path);
        if (contents === undefined) return undefined;
        planted++;
        return { contents, loader: 'ts' };
      });
      plugins.onEnd(({ errors }) => {
        if (errors.length === 0 && planted === 0)
          throw new Error(`"${mutant.name}": ${mutant.file} is not bundled`);
      });
    },
  };
}
