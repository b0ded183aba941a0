/** Why a sources file cannot be used. The message is one line that names a place of the file, and never what stands there: that may be a secret. */
export class SourcesError extends Error {
  override readonly name = 'SourcesError';
  readonly code = 'BAD_SOURCES';

  /** @param path JSON pointer into the file (RFC 6901); '' is the whole of it */
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(`${path === '' ? 'the sources file' : path} ${problem}`);
  }
}
