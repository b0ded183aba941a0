/** What is told about a failure of a flow: the stable code and the reason. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { code: codeOf(error) ?? 'INTERNAL', message };
}

/** Of a library of ours, of the caller's `admit`, or of Node. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
