import { parseSources } from './parse-sources';
import type { SecretPlaces } from './read-secrets';
import { Source } from './source';

export type FoundSource =
  | { readonly kind: 'active'; readonly source: Source }
  /** It was one: its sender is told to stop. */
  | { readonly kind: 'retired' }
  | { readonly kind: 'unknown' };

const RETIRED: FoundSource = { kind: 'retired' };
const UNKNOWN: FoundSource = { kind: 'unknown' };

/** All senders that a node knows at one time. */
export class Sources {
  private constructor(private readonly found: ReadonlyMap<string, FoundSource>) {}

  /**
   * @param text of a sources file
   * @throws SourcesError at the first mistake: there is no half of a file
   */
  static async read(text: Buffer, places: SecretPlaces): Promise<Sources> {
    const found = new Map<string, FoundSource>();
    for (const [name, config] of Object.entries(parseSources(text).sources)) {
      const path = `/sources/${name}`;
      found.set(
        name,
        config.retired ? RETIRED : { kind: 'active', source: await Source.open(name, config, path, places) },
      );
    }
    return new Sources(found);
  }

  /** Names in the order of the file. */
  get names(): readonly string[] {
    return [...this.found.keys()];
  }

  find(name: string): FoundSource {
    return this.found.get(name) ?? UNKNOWN;
  }
}
