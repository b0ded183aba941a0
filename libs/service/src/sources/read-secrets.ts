import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { isUtf8 } from 'node:buffer';
import type { Secrets } from '../process/redaction';
import type { SecretPlace } from './source-config';
import { SourcesError } from './sources-error';

/** Where secrets are looked for. */
export interface SecretPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** of relative paths */
  readonly folder: string;
  /** What is found is never printed. */
  readonly secrets: Secrets;
}

const FILE_BYTES_MAX = 64 * 1024;
/** A shorter one is in too many words to be taken out of all lines. */
const HIDDEN_CHARS_MIN = 6;
const LINE_END = /\r?\n$/;

/**
 * @param path of the list in the sources file
 * @throws SourcesError for one that is not where it should be; the place is not printed either: it may be the secret itself
 */
export function readSecrets(
  secrets: readonly SecretPlace[],
  path: string,
  places: SecretPlaces,
): Promise<string[]> {
  return Promise.all(secrets.map((secret, index) => readSecret(secret, `${path}/${index}`, places)));
}

async function readSecret(place: SecretPlace, path: string, places: SecretPlaces): Promise<string> {
  const secret = await findSecret(place, path, places);
  if (secret.length >= HIDDEN_CHARS_MIN) places.secrets.hide(secret);
  return secret;
}

async function findSecret(secret: SecretPlace, path: string, { env, folder }: SecretPlaces): Promise<string> {
  if (typeof secret === 'string') return secret;
  if ('file' in secret)
    return readSecretFile(isAbsolute(secret.file) ? secret.file : join(folder, secret.file), path);
  const value = env[secret.env];
  if (value === undefined || value === '')
    throw new SourcesError(`${path}/env`, 'names a variable that is not set');
  return value;
}

/** Without the line end by which an editor closes a file. */
async function readSecretFile(file: string, path: string): Promise<string> {
  const bytes = await regularFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new SourcesError(`${path}/file`, `names a file that cannot be read (${error.code ?? error.name})`);
  });
  if (bytes === undefined || !isUtf8(bytes)) {
    throw new SourcesError(
      `${path}/file`,
      `names what is no file of at most ${FILE_BYTES_MAX} bytes of UTF-8`,
    );
  }
  return bytes.toString().replace(LINE_END, '');
}

async function regularFile(file: string): Promise<Buffer | undefined> {
  const stats = await stat(file);
  return stats.isFile() && stats.size <= FILE_BYTES_MAX ? readFile(file) : undefined;
}
