/** Why a scheme, its secrets or an event id rule cannot be used. The code is stable; the message is for people. */
export type SchemeErrorCode =
  | 'NO_SECRET'
  | 'MALFORMED_SECRET'
  | 'MALFORMED_HEADER_NAME'
  | 'MALFORMED_PREFIX'
  | 'MALFORMED_TEMPLATE'
  | 'MALFORMED_POINTER'
  | 'INVALID_TOLERANCE';

/** A mistake of whoever configures a source, never of a request. The message holds no secret. */
export class SchemeError extends Error {
  override readonly name = 'SchemeError';

  /** @param secret index of the secret that is meant, for MALFORMED_SECRET */
  constructor(
    readonly code: SchemeErrorCode,
    message: string,
    readonly secret: number | undefined = undefined,
  ) {
    super(message);
  }
}
