/**
 * Why bytes have no identity. The code is stable; the message is for people.
 * `INVALID_ID` is about the text or bytes of an id, every other code about a body.
 */
export type ObjectIdErrorCode =
  'EMPTY_BODY' | 'INVALID_UTF8' | 'INVALID_JSON' | 'TOO_DEEP' | 'NOT_A_DOCUMENT' | 'INVALID_ID';

export class ObjectIdError extends Error {
  override readonly name = 'ObjectIdError';

  /** @param offset bytes from the start of the body to the first one that cannot stand there */
  constructor(
    readonly code: ObjectIdErrorCode,
    message: string,
    readonly offset: number | undefined = undefined,
  ) {
    super(offset === undefined ? message : `${message} at byte ${offset}`);
  }
}
