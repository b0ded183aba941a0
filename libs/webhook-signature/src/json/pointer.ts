import { SchemeError } from '../errors';

/** Names of members and places in arrays, from the document inwards. */
export type Path = readonly string[];

const POINTER_CHARACTERS_MAX = 1024;
const ESCAPE = /~[01]/g;

/**
 * `/data/id` as a path (RFC 6901).
 * @throws SchemeError MALFORMED_POINTER
 */
export function parsePointer(pointer: string): Path {
  if (pointer.length > POINTER_CHARACTERS_MAX) {
    throw malformed(`has at most ${POINTER_CHARACTERS_MAX} characters`);
  }
  if (pointer !== '' && !pointer.startsWith('/')) throw malformed('begins with a slash');
  if (/~(?![01])/.test(pointer)) throw malformed('has ~0 and ~1 after no tilde but these');
  const names = pointer.split('/').slice(1);
  return names.map((name) => name.replace(ESCAPE, (escape) => (escape === '~0' ? '~' : '/')));
}

function malformed(rule: string): SchemeError {
  return new SchemeError('MALFORMED_POINTER', `a JSON pointer ${rule}`);
}
