import { isUtf8 } from 'node:buffer';
import type { Path } from './pointer';
import { InvalidJson, Scanner } from './scanner';

/** What stands at a place of a document. */
export type Found =
  | { readonly kind: 'string'; readonly text: string }
  /** as it is written, so that no digit is lost */
  | { readonly kind: 'number'; readonly literal: string }
  /** an object, an array, true, false or null */
  | { readonly kind: 'other' }
  | { readonly kind: 'missing' }
  /** an object on the way has the key twice: two readers could find two values */
  | { readonly kind: 'ambiguous' }
  | { readonly kind: 'invalid' };

/** Looks into a body without building anything of it, in linear time and at most 1024 levels deep. */
export function findInJson(body: Buffer, path: Path): Found {
  if (!isUtf8(body)) return { kind: 'invalid' };
  const scanner = new Scanner(body.toString());
  try {
    const found = valueAt(scanner, path);
    scanner.end();
    return found;
  } catch (error) {
    if (error instanceof InvalidJson) return { kind: 'invalid' };
    throw error;
  }
}

function valueAt(scanner: Scanner, path: Path): Found {
  const [name, ...rest] = path;
  if (name === undefined) return target(scanner);
  let found: Found | undefined;
  const take = (): void => {
    if (found === undefined) found = valueAt(scanner, rest);
    else {
      scanner.skip();
      found = { kind: 'ambiguous' };
    }
  };
  const kind = scanner.kind();
  if (kind === 'object') scanner.object((key) => (key() === name ? take() : scanner.skip()));
  else if (kind === 'array') scanner.array((index) => (String(index) === name ? take() : scanner.skip()));
  else scanner.skip();
  return found ?? { kind: 'missing' };
}

function target(scanner: Scanner): Found {
  switch (scanner.kind()) {
    case 'string':
      return { kind: 'string', text: scanner.string() };
    case 'number':
      return { kind: 'number', literal: scanner.number() };
    case 'object':
    case 'array':
    case 'word':
      scanner.skip();
      return { kind: 'other' };
  }
}
