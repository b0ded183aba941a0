import { isUtf8 } from 'node:buffer';
import { ObjectIdError } from '@hooklog/object-id';
import { Ajv } from 'ajv';
import type { Request } from 'express';
import { RequestError } from '../problem/request-error';

const isMessage = new Ajv().compile<{ readonly message: string }>({
  type: 'object',
  required: ['message'],
  properties: { message: { type: 'string', minLength: 1 } },
  additionalProperties: false,
});

const EVENT_ID = /^[!-~]{1,255}$/;

/** @throws RequestError UNSUPPORTED_TYPE */
export function refuseUnlessJson(req: Request): void {
  if (req.is('application/json')) return;
  throw new RequestError('UNSUPPORTED_TYPE', 'Send the message with content-type: application/json.');
}

/** `Idempotency-Key` as it is; undefined without one. @throws RequestError INVALID_EVENT_ID */
export function eventIdIn(req: Request): string | undefined {
  const key = req.get('idempotency-key');
  if (key === undefined || EVENT_ID.test(key)) return key;
  throw new RequestError('INVALID_EVENT_ID', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
}

/**
 * The text of `{"message": …}` as UTF-8, of which no bit is lost.
 * @throws ObjectIdError EMPTY_BODY, INVALID_UTF8, INVALID_JSON; RequestError INVALID_MESSAGE
 */
export function readMessage(body: Buffer): Buffer {
  const value = readJson(body);
  if (!isMessage(value)) throw invalid(isMessage.errors?.[0]);
  // half a surrogate pair has no UTF-8: it would be stored as another text
  if (/\p{Surrogate}/u.test(value.message)) throw invalid({ message: 'must be Unicode text' });
  return Buffer.from(value.message);
}

function readJson(body: Buffer): unknown {
  if (body.length === 0) throw new ObjectIdError('EMPTY_BODY', 'a message comes in a JSON body');
  if (!isUtf8(body)) throw new ObjectIdError('INVALID_UTF8', 'the body is not UTF-8');
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new ObjectIdError('INVALID_JSON', 'the body is not JSON');
  }
}

function invalid(
  error: { readonly instancePath?: string; readonly message?: string } | undefined,
): RequestError {
  const what = error?.instancePath ? 'message' : 'the body';
  return new RequestError(
    'INVALID_MESSAGE',
    `Send {"message": "text"}: ${what} ${error?.message ?? 'is malformed'}.`,
  );
}
