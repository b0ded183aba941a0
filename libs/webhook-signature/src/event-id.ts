import { SchemeError } from './errors';
import { findInJson } from './json/find';
import { parsePointer, type Path } from './json/pointer';
import { headerName, oneHeader, type WebhookRequest } from './request';
import { type Coverage, isRefused, refuse, type Refused } from './verdict';

/** Where a sender writes its own name of an event: in a header, or at a place of the body (RFC 6901). */
export type EventIdRule = { readonly header: string } | { readonly pointer: string };

export type EventIdReason =
  'MISSING_EVENT_ID' | 'MALFORMED_EVENT_ID' | 'AMBIGUOUS_EVENT_ID' | 'BODY_NOT_JSON';

export interface EventId {
  readonly ok: true;
  /** 1 to 255 bytes of UTF-8 without control characters; an integer as it is written */
  readonly eventId: string;
  /** false: whoever can repeat the request can give it another id */
  readonly signed: boolean;
}

/**
 * The event id of a request.
 * @param covers what the verdict on the same request says
 */
export type EventIdReader = (request: WebhookRequest, covers: Coverage) => EventId | Refused<EventIdReason>;

const EVENT_ID_BYTES_MAX = 255;
const IN_HEADER = /^[!-~]+$/;
/** Lone surrogates have no bytes of their own: two ids could become one. */
const IN_BODY = /^[^\p{Cc}\p{Cs}]+$/u;
const INTEGER = /^(?:0|-?[1-9][0-9]*)$/;

/** @throws SchemeError MALFORMED_HEADER_NAME, MALFORMED_POINTER */
export function createEventIdReader(rule: EventIdRule): EventIdReader {
  if ('header' in rule) return inHeader(headerName(rule.header));
  const path = parsePointer(rule.pointer);
  if (path.length === 0)
    throw new SchemeError('MALFORMED_POINTER', 'an event id is a part of the body, not all of it');
  return inBody(path);
}

function inHeader(name: string): EventIdReader {
  return ({ headers }, covers) => {
    const value = oneHeader(headers, name);
    if (isRefused(value)) {
      const reason = value.reason === 'MISSING_HEADER' ? 'MISSING_EVENT_ID' : 'MALFORMED_EVENT_ID';
      return refuse(reason, value.message);
    }
    return checked(value, IN_HEADER, covers.headers.includes(name));
  };
}

function inBody(path: Path): EventIdReader {
  return ({ body }, covers) => {
    const found = findInJson(body, path);
    switch (found.kind) {
      case 'string':
        return checked(found.text, IN_BODY, covers.body);
      case 'number':
        return checked(found.literal, INTEGER, covers.body);
      case 'other':
        return malformed('is neither a string nor an integer');
      case 'missing':
        return refuse('MISSING_EVENT_ID', 'the body has nothing where its event id should be');
      case 'ambiguous':
        return refuse('AMBIGUOUS_EVENT_ID', 'the body has a key of the way to its event id twice');
      case 'invalid':
        return refuse('BODY_NOT_JSON', 'the body is not JSON, or nested more than 1024 levels deep');
    }
  };
}

function checked(eventId: string, allowed: RegExp, signed: boolean): EventId | Refused<EventIdReason> {
  if (Buffer.byteLength(eventId) > EVENT_ID_BYTES_MAX) {
    return malformed(`has more than ${EVENT_ID_BYTES_MAX} bytes`);
  }
  return allowed.test(eventId)
    ? { ok: true, eventId, signed }
    : malformed('is empty, no integer, or has characters that an id may not have');
}

function malformed(problem: string): Refused<EventIdReason> {
  return refuse('MALFORMED_EVENT_ID', `the event id ${problem}`);
}
