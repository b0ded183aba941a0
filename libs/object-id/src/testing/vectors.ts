import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalize } from '../canonical/canonicalize';
import { canonicalizeInTypeScript } from '../canonical/in-typescript';
import { ObjectIdError, type ObjectIdErrorCode } from '../errors';

/** A body and what becomes of it: its canonical form and hashes in hex, or the code it is refused with. */
export interface EdgeCase {
  readonly name: string;
  readonly input: Buffer;
  readonly canonicalHex?: string;
  readonly crc32c?: string;
  readonly sha256?: string;
  readonly refused?: string;
}

interface EdgeRow {
  readonly name: string;
  readonly input_hex?: string;
  readonly input_gen?: string;
  readonly canonical_hex?: string;
  readonly crc32c?: string;
  readonly sha256?: string;
  readonly refused?: string;
  readonly expect?: string;
}

/** Verdict on a body, in a form that two implementations can be compared by. */
export type Outcome =
  | { readonly canonical: string; readonly iJson: boolean }
  | { readonly code: ObjectIdErrorCode; readonly offset: number | undefined };

export function ownFile(name: string): string {
  return join(__dirname, name);
}

export function lines(path: string): string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

export function readEdgeCases(path: string): EdgeCase[] {
  return lines(path).map((line) => {
    const row = JSON.parse(line) as EdgeRow;
    const { name, canonical_hex: canonicalHex, crc32c, sha256 } = row;
    const refused = row.refused ?? (row.expect === 'ok' ? undefined : row.expect);
    const input =
      row.input_hex === undefined ? generated(row.input_gen ?? '') : Buffer.from(row.input_hex, 'hex');
    if (refused !== undefined) return { name, input, refused };
    return { name, input, canonicalHex: canonicalHex!, crc32c: crc32c!, sha256: sha256! };
  });
}

/** Pairs of a number literal and its canonical form. */
export function readNumbers(path: string): [literal: string, canonical: string][] {
  return lines(path).map((line) => line.split('\t') as [string, string]);
}

/** As both scanners have it. */
export function canonicalText(text: string | Uint8Array): string {
  const bytes = Buffer.from(text as string);
  const { canonical } = canonicalize(bytes);
  if (!canonical.equals(canonicalizeInTypeScript(bytes).canonical)) throw new Error('the scanners differ');
  return canonical.toString();
}

export function outcome(canonicalizer: typeof canonicalize, bytes: Uint8Array): Outcome {
  try {
    const { canonical, iJson } = canonicalizer(bytes);
    return { canonical: canonical.toString('hex'), iJson };
  } catch (error) {
    if (!(error instanceof ObjectIdError)) throw error;
    return { code: error.code, offset: error.offset };
  }
}

/** The code a body is refused with; undefined when it has a canonical form. */
export function refusal(text: string | Uint8Array): ObjectIdErrorCode | undefined {
  const result = outcome(canonicalize, Buffer.from(text as string));
  return 'code' in result ? result.code : undefined;
}

function generated(recipe: string): Buffer {
  const [kind, count] = recipe.split(' ');
  if (kind !== 'depth') throw new Error(`no recipe for ${recipe}`);
  return Buffer.from('['.repeat(Number(count)) + ']'.repeat(Number(count)));
}
