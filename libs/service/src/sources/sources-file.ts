import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import type { Secrets } from '../process/redaction';
import { type FoundSource, Sources } from './sources';
import { SourcesError } from './sources-error';

export interface SourcesFileOptions {
  readonly path: string;
  /** in which secrets may be */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** What the logger never prints. */
  readonly secrets: Secrets;
}

/** The sources of a node as its file had them when it was last read without a mistake. */
export class SourcesFile {
  /** One reading after another: the last wish wins. */
  #reading: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: SourcesFileOptions,
    private sources: Sources,
  ) {}

  /** @throws SourcesError */
  static async open(options: SourcesFileOptions): Promise<SourcesFile> {
    const sources = await read(options);
    options.logger.info({ sources: sources.names }, 'sources read');
    return new SourcesFile(options, sources);
  }

  find(name: string): FoundSource {
    return this.sources.find(name);
  }

  /** Reads the file and the secrets that it names again. One with a mistake changes nothing, and is told of. */
  reload(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#reload());
    return this.#reading;
  }

  async #reload(): Promise<void> {
    const { logger } = this.options;
    try {
      this.sources = await read(this.options);
      logger.info({ sources: this.sources.names }, 'sources read again');
    } catch (error) {
      if (!(error instanceof SourcesError)) throw error;
      const { code, path, message } = error;
      logger.error({ code, path }, `sources stay as they were: ${message}`);
    }
  }
}

async function read({ path, env, secrets }: SourcesFileOptions): Promise<Sources> {
  const text = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new SourcesError('', `cannot be read (${error.code ?? error.name})`);
  });
  return Sources.read(text, { env, folder: dirname(path), secrets });
}
