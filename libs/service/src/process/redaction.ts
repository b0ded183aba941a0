const CENSOR = '[secret]';

export type Redact = (text: string) => string;

/**
 * Takes secrets out of a text, also as they look within JSON, a URL or base64.
 * @param secrets undefined: there is none of this kind
 */
export function redaction(secrets: readonly (string | undefined)[]): Redact {
  const known = secrets.filter((secret) => secret !== undefined && secret !== '') as string[];
  const spellings = new Set(known.flatMap(spellingsOf));
  // the longest first: what is within another one must not leave the rest of it behind
  const ordered = [...spellings].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((left, spelling) => left.replaceAll(spelling, CENSOR), text);
}

function spellingsOf(secret: string): string[] {
  // as `util.inspect` quotes it
  const inspected = secret.replaceAll('\\', '\\\\');
  const bytes = Buffer.from(secret);
  const coded = [encodeURIComponent(secret), bytes.toString('base64'), bytes.toString('hex')];
  return [secret, escape(secret), escape(escape(secret)), inspected, escape(inspected), ...coded];
}

/** As within the quotes of JSON. */
function escape(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
