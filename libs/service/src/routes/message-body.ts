import type { WriteConcern } from '@hooklog/sync-protocol';
import { Ajv, type ErrorObject, type JSONSchemaType } from 'ajv';
import type { Request } from 'express';
import { RequestError } from '../problem/request-error';
import { isUnicode, readJson } from './json-body';

interface SentMessage {
  readonly message: string;
  readonly writeConcern?: number;
}

/** What a request says of the message that it brings. */
export interface ReadMessage {
  /** UTF-8, of which no bit is lost */
  readonly text: Buffer;
  /** none: the body asks for none */
  readonly concern?: WriteConcern;
}

const ajv = new Ajv();
const isMessage = ajv.compile<SentMessage>(schemaOf({}));
const isInsert = ajv.compile<SentMessage>(schemaOf({ writeConcern: { type: 'integer', minimum: 0 } }));

function schemaOf(more: object): object {
  const message: JSONSchemaType<string> = { type: 'string', minLength: 1 };
  const properties = { message, ...more };
  return { type: 'object', required: ['message'], properties, additionalProperties: false };
}

const EVENT_ID = /^[!-~]{1,255}$/;

/** `Idempotency-Key` as it is; undefined without one. @throws RequestError INVALID_EVENT_ID */
export function eventIdIn(req: Request): string | undefined {
  const key = req.get('idempotency-key');
  if (key === undefined || EVENT_ID.test(key)) return key;
  throw new RequestError('INVALID_EVENT_ID', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
}

/**
 * `{"message": …}`.
 * @throws ObjectIdError EMPTY_BODY, INVALID_UTF8, INVALID_JSON; RequestError INVALID_MESSAGE
 */
export function readMessage(body: Buffer): ReadMessage {
  return read(body, isMessage);
}

/** `{"message": …}`, also with a `writeConcern`: a number of nodes, 0 for the usual one. Throws as `readMessage`. */
export function readInsert(body: Buffer): ReadMessage {
  return read(body, isInsert);
}

function read(body: Buffer, isValid: typeof isMessage): ReadMessage {
  const value = readJson(body);
  if (!isValid(value)) throw invalid(isValid.errors?.[0]);
  if (!isUnicode(value.message)) throw invalid({ instancePath: '/message', message: 'must be Unicode text' });
  const text = Buffer.from(value.message);
  return value.writeConcern ? { text, concern: value.writeConcern } : { text };
}

function invalid(error: Pick<ErrorObject, 'instancePath' | 'message'> | undefined): RequestError {
  const what = error?.instancePath?.slice(1) || 'the body';
  return new RequestError(
    'INVALID_MESSAGE',
    `Send {"message": "text"}: ${what} ${error?.message ?? 'is malformed'}.`,
  );
}
