import { isUtf8 } from 'node:buffer';
import { ObjectIdError } from '@hooklog/object-id';
import type { Request } from 'express';
import { RequestError } from '../problem/request-error';

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i;
const UTF8 = /^(utf-?8|us-ascii)$/i;

/**
 * The content type is not asked for: `curl -d` sends JSON as a form unless it is told otherwise. Only one that says
 * that the bytes are no UTF-8 is refused, in front of the body.
 * @throws RequestError UNSUPPORTED_TYPE
 */
export function refuseOtherCharset(req: Request): void {
  const charset = CHARSET.exec(req.get('content-type') ?? '')?.[1] ?? 'utf-8';
  if (!UTF8.test(charset))
    throw new RequestError(
      'UNSUPPORTED_TYPE',
      `JSON is UTF-8: send it without charset=${charset.slice(0, 32)}.`,
    );
}

/** @throws ObjectIdError EMPTY_BODY, INVALID_UTF8, INVALID_JSON */
export function readJson(body: Buffer): unknown {
  if (body.length === 0) throw new ObjectIdError('EMPTY_BODY', 'JSON was expected');
  if (!isUtf8(body)) throw new ObjectIdError('INVALID_UTF8', 'the body is not UTF-8');
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new ObjectIdError('INVALID_JSON', 'the body is not JSON');
  }
}

/** False where UTF-8 would store another text: half a surrogate pair has none. */
export function isUnicode(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
