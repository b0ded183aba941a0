import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalize } from './canonical/canonicalize';
import { identify } from './identify';
import { printDigest } from './ids';
import { seededRandom } from './testing/random';
import { parseTree } from './testing/reference';
import { respell } from './testing/respell';
import { canonicalText, lines, readEdgeCases, readNumbers, refusal } from './testing/vectors';

/** Vectors of others, too many or too foreign to copy: beside the workspace, on machines that have them. */
const SHARED = join(__dirname, '../../../../shared');
const present = existsSync(SHARED);
const describeShared = present ? describe : describe.skip;
const shared = (...path: string[]) => join(SHARED, ...path);
const note = present ? '' : ' (skipped: no shared folder beside the workspace)';
const list = (...path: string[]) => (present ? readdirSync(shared(...path)) : ['none']);

describeShared(`published vectors${note}`, () => {
  it.each(list('conformance', 'jcs', 'input'))('RFC 8785 %s', (name) => {
    const hex = readFileSync(shared('conformance', 'jcs', 'outhex', name.replace('.json', '.txt')), 'utf8');
    const { canonical } = canonicalize(readFileSync(shared('conformance', 'jcs', 'input', name)));
    expect(canonical.toString('hex')).toBe(hex.replace(/\s/g, ''));
    expect(canonical).toEqual(readFileSync(shared('conformance', 'jcs', 'output', name)));
  });

  it('accepts the files of the parsing suite that JSON.parse accepts', () => {
    const files = list('conformance', 'json-parsing');
    const verdicts = files.map((name) => [
      name,
      verdict(readFileSync(shared('conformance', 'json-parsing', name))),
    ]);
    const accepted = (prefix: string) =>
      verdicts.filter(([name, ok]) => (name as string).startsWith(prefix) && ok).length;
    expect([accepted('y_'), accepted('n_'), accepted('i_')]).toEqual([95, 0, 21]);
    expect(files).toHaveLength(318);
  });

  it('prints 10 000 doubles as ECMAScript does', () => {
    const vectors = lines(shared('conformance', 'es6-numbers-10k.txt')).map(
      (line) => line.split(',') as [string, string],
    );
    expect(vectors).toHaveLength(10_000);
    for (const [bits, text] of vectors) {
      const double = Buffer.from(bits.padStart(16, '0'), 'hex').readDoubleBE();
      expect(canonicalText(`[${text}]`)).toBe(`[${text}]`);
      for (const literal of spellings(double)) expect(canonicalText(`[${literal}]`)).toBe(`[${text}]`);
    }
  });
});

describeShared(`vectors of this form${note}`, () => {
  const CODES: Readonly<Record<string, readonly string[]>> = {
    syntax: ['INVALID_JSON', 'EMPTY_BODY'],
    trailing: ['INVALID_JSON'],
    utf8: ['INVALID_UTF8'],
    depth: ['TOO_DEEP'],
    'ok-core/not-object': ['NOT_A_DOCUMENT'],
  };

  it('agrees with every row of edge.ndjson', () => {
    for (const edge of readEdgeCases(shared('conformance', 'edge.ndjson'))) {
      if (edge.refused !== undefined) {
        expect(CODES[edge.refused]).toContain(refusal(edge.input));
        continue;
      }
      const { crc32c, digest } = identify(edge.input, 0);
      expect(canonicalize(edge.input).canonical.toString('hex')).toBe(edge.canonicalHex);
      expect([crc32c.toString(16).padStart(8, '0'), printDigest(digest)]).toEqual([edge.crc32c, edge.sha256]);
    }
  });

  it('agrees with every row of numbers.tsv', () => {
    for (const [literal, canonical] of readNumbers(shared('conformance', 'numbers.tsv'))) {
      expect(canonicalText(`[${literal}]`)).toBe(`[${canonical}]`);
    }
  });
});

describeShared(`real webhooks${note}`, () => {
  it.each(list('payloads').filter((name) => !name.endsWith('.md')))(
    '%s: one digest under any spelling',
    (name) => {
      for (const [seed, line] of lines(shared('payloads', name)).entries()) {
        const random = seededRandom(seed);
        const spelling = { order: random, space: random, escapes: random, numbers: random };
        const respelled = Buffer.from(respell(parseTree(Buffer.from(line)), spelling));
        expect(identify(respelled, 0)).toEqual(identify(Buffer.from(line), 0));
      }
    },
  );
});

/** Accepted or not, in a frame that makes any value a document; the same verdict as JSON.parse of fatal UTF-8. */
function verdict(file: Buffer): boolean {
  const wrapped = Buffer.concat([Buffer.from('{"v":'), file, Buffer.from('}')]);
  const accepted = refusal(wrapped) === undefined;
  expect(accepted).toBe(parses(wrapped));
  return accepted;
}

function parses(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

/** Other literals of the double; the 17 digits that name it exactly only where they are rounded back. */
function spellings(double: number): string[] {
  const shortest = double.toExponential();
  return Math.abs(double) <= Number.MAX_SAFE_INTEGER ? [shortest, double.toExponential(16)] : [shortest];
}
