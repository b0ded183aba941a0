import { canonicalize, ObjectIdError } from '@hooklog/object-id';
import { Ajv, type ErrorObject } from 'ajv';
import type { SourcesConfig } from './source-config';
import { SourcesError } from './sources-error';
import { SOURCES_SCHEMA } from './sources-schema';

// the schema of what is wrong comes along with an error, and with it the data: that is never printed
const ajv = new Ajv({ discriminator: true, verbose: true, strictTypes: false, strictRequired: false });
const isSources = ajv.compile<SourcesConfig>(SOURCES_SCHEMA);
/** What a member that nobody knows is called, unless it could be a secret that stands in the wrong place. */
const NAME = /^[A-Za-z]{1,24}$/;

/**
 * The text of a sources file, as what it says.
 * @throws SourcesError
 */
export function parseSources(text: Buffer): SourcesConfig {
  refuseOtherThanJson(text);
  const parsed: unknown = JSON.parse(text.toString());
  if (isSources(parsed)) return parsed;
  const errors = isSources.errors ?? [];
  const described = errors.find(({ parentSchema }) => descriptionOf(parentSchema) !== undefined);
  throw sourcesErrorOf((described ?? errors[0])!);
}

/** Not by the message of `JSON.parse`: that quotes what stands at the place. A source that is there twice would be lost. */
function refuseOtherThanJson(text: Buffer): void {
  try {
    if (!canonicalize(text).iJson)
      throw new SourcesError('', 'has a key twice in one object, or half a character');
  } catch (error) {
    if (!(error instanceof ObjectIdError)) throw error;
    // a number or a text is JSON, but no file of sources: the schema says so
    if (error.code === 'NOT_A_DOCUMENT') return;
    const place = error.offset === undefined ? '' : ` at ${placeOf(text, error.offset)}`;
    throw new SourcesError('', `is not JSON${place}`);
  }
}

function placeOf(text: Buffer, offset: number): string {
  const lines = text.subarray(0, offset).toString('latin1').split('\n');
  return `line ${lines.length}, byte ${lines.at(-1)!.length + 1}`;
}

function sourcesErrorOf({ instancePath, keyword, params, message, parentSchema }: ErrorObject): SourcesError {
  const description = descriptionOf(parentSchema);
  if (description !== undefined) return new SourcesError(instancePath, description);
  const { missingProperty, additionalProperty, tag, allowedValues } = params as Readonly<
    Record<string, unknown>
  >;
  if (keyword === 'required')
    return new SourcesError(`${instancePath}/${String(missingProperty)}`, 'is missing');
  if (keyword === 'discriminator')
    return new SourcesError(`${instancePath}/${String(tag)}`, 'is none that is known');
  if (keyword === 'enum') return new SourcesError(instancePath, `must be one of ${String(allowedValues)}`);
  if (keyword !== 'additionalProperties') return new SourcesError(instancePath, message ?? 'is not allowed');
  const name = String(additionalProperty);
  return NAME.test(name)
    ? new SourcesError(`${instancePath}/${name}`, 'is nothing that a source has')
    : new SourcesError(instancePath, 'has a member that is not known');
}

function descriptionOf(schema: ErrorObject['parentSchema']): string | undefined {
  return schema?.description as string | undefined;
}
