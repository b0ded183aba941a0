import { decodeExact } from '../encoding';
import { malformed } from '../request';
import type { Encoding } from '../scheme';
import { refuse, type Refused } from '../verdict';

/** A sender signs with each of its secrets while it changes them: two, seldom three. */
const SIGNATURES_MAX = 32;

/** The signatures of the version that is understood; others, and what is no signature, are for somebody else. */
export function knownSignatures(
  header: string,
  version: string,
  texts: readonly string[],
  encoding: Encoding,
): readonly Buffer[] | Refused {
  if (texts.length === 0)
    return refuse('UNKNOWN_VERSION', `the header ${header} has no ${version} signature`);
  if (texts.length > SIGNATURES_MAX) return malformed(header, `has more than ${SIGNATURES_MAX} signatures`);
  const signatures: Buffer[] = [];
  for (const text of texts) {
    const signature = decodeExact(text, encoding);
    if (signature !== undefined) signatures.push(signature);
  }
  return signatures.length > 0 ? signatures : malformed(header, `has no signature in ${encoding}`);
}
