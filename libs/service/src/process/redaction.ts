const CENSOR = '[secret]';

export type Redact = (text: string) => string;

/** What is never printed. It grows: the secrets of senders are read again while a node runs. */
export class Secrets {
  #spellings = new Set<string>();
  /** The longest first: what is within another one must not leave the rest of it behind. */
  #ordered: readonly string[] = [];

  /** @param secrets undefined: there is none of this kind */
  constructor(secrets: readonly (string | undefined)[] = []) {
    for (const secret of secrets) this.hide(secret);
  }

  hide(secret: string | undefined): void {
    if (secret === undefined || secret === '') return;
    for (const spelling of spellingsOf(secret)) this.#spellings.add(spelling);
    this.#ordered = [...this.#spellings].sort((a, b) => b.length - a.length);
  }

  /** Takes them out of a text, also as they look within JSON, a URL or base64. */
  readonly redact: Redact = (text) =>
    this.#ordered.reduce((left, spelling) => left.replaceAll(spelling, CENSOR), text);
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
