import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../cluster/build';

/** A fault planted into a source when it is bundled: a text that is there once, and what stands there instead. */
export interface Mutant {
  readonly name: string;
  /** from the root of the repository */
  readonly file: string;
  readonly search: string;
  readonly replace: string;
  /** More places of the same fault. */
  readonly also?: readonly Omit<Mutant, 'name' | 'also'>[];
  /** Scenarios that are tried first. */
  readonly scenarios?: readonly string[];
}

export function readMutants(): readonly Mutant[] {
  return JSON.parse(readFileSync(join(__dirname, '../mutants.json'), 'utf8')) as readonly Mutant[];
}

/** @throws Error when no mutant, or more than one, is called so */
export function mutantNamed(name: string): Mutant {
  const [mutant, ...more] = readMutants().filter((one) => one.name === name);
  if (mutant === undefined || more.length > 0) throw new Error(`mutants.json has no single mutant "${name}"`);
  return mutant;
}

/** The source of a file with the fault in it; undefined: none of the fault is there. @throws Error */
export function mutated(mutant: Mutant, path: string): string | undefined {
  const changes = [mutant, ...(mutant.also ?? [])].filter(({ file }) => join(ROOT, file) === path);
  if (changes.length === 0) return undefined;
  return changes.reduce(
    (source, { search, replace }) => {
      const parts = source.split(search);
      if (parts.length === 2) return parts.join(replace);
      throw new Error(`"${mutant.name}": its text is there ${parts.length - 1} times: ${search}`);
    },
    readFileSync(path, 'utf8'),
  );
}
