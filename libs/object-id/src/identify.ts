import assert from 'node:assert';
import { crc32c } from '@node-rs/crc32';
import { canonicalizeBriefly } from './canonical/canonicalize';
import {
  type Digest,
  type EntryKey,
  EVENT_NAME_BYTES,
  IDENTITY_BYTES,
  OBJECT_ID_BYTES,
  type ObjectId,
  objectIdOf,
} from './ids';
import { sha256 } from './sha256';

/** How a body is read: as a JSON document, or as bytes that are their own canonical form. */
export type EntryKind = 'json' | 'bytes' | 'message';

export interface Identity {
  readonly key: EntryKey;
  readonly objectId: ObjectId;
  readonly digest: Digest;
  /** CRC-32C of the canonical form, u32 */
  readonly crc32c: number;
  /** false when a JSON body has duplicate keys or lone surrogates (RFC 7493, sections 2.1 and 2.3) */
  readonly iJson: boolean;
}

export interface IdentifyOptions {
  readonly kind?: EntryKind;
  /** who sent it, without NUL; means something only beside an event id */
  readonly source?: string;
  /** the sender's own name of the event: it, not the body, is then what makes the entry the same */
  readonly eventId?: string | undefined;
  /** true: anybody could have changed the event id, which is what makes the entry the same only together with the body */
  readonly isUnsigned?: boolean;
}

const SECONDS_MAX = 0xffff_ffff;

/**
 * The identity of a body received at `receivedAt` (ms since the epoch).
 * @throws ObjectIdError when a JSON body has no canonical form
 */
export function identify(bytes: Uint8Array, receivedAt: number, options: IdentifyOptions = {}): Identity {
  const { kind = 'json', source = '', eventId, isUnsigned = false } = options;
  const { canonical, iJson } =
    kind === 'json' ? canonicalizeBriefly(bytes) : { canonical: bytes, iJson: true };
  const checksum = crc32c(canonical);
  const digest = sha256(canonical) as Digest;
  const identity = identityFrom(digest, source, eventId, isUnsigned);
  const key = entryKey(secondsAt(receivedAt), checksum, identity);
  return { key, objectId: objectIdOf(key), digest, crc32c: checksum, iJson };
}

function identityFrom(
  digest: Digest,
  source: string,
  eventId: string | undefined,
  isUnsigned: boolean,
): Buffer {
  if (eventId === undefined) return digest;
  return isUnsigned ? unsignedEventIdentity(source, eventId, digest) : eventIdentity(source, eventId);
}

/**
 * What makes entries of one source the same event, whatever their bodies: the identity (28 bytes) in their keys.
 * @param source without NUL, which would let two (source, event id) pairs share one identity: whoever reads sources refuses it
 */
export function eventIdentity(source: string, eventId: string): Buffer {
  assert(!source.includes('\0'), 'a source has no NUL');
  return sha256(`\x01${source}\0${eventId}`).subarray(0, IDENTITY_BYTES);
}

/**
 * The same where the event id is not signed: half of it names the event, which all entries with this event id of this
 * source share, and half of it is the body. Who changes one of both makes another identity. Two events that share one
 * half can be made on purpose by trying 2^56 of them; to meet the half of a given event takes 2^112.
 */
export function unsignedEventIdentity(source: string, eventId: string, digest: Digest): Buffer {
  const identity = eventIdentity(source, eventId);
  digest.copy(identity, EVENT_NAME_BYTES, 0, IDENTITY_BYTES - EVENT_NAME_BYTES);
  return identity;
}

/** Of the pool, and all written: bytes of their own would be on V8's heap, and move out at the first view of them. */
function entryKey(seconds: number, checksum: number, identity: Buffer): EntryKey {
  const key = Buffer.allocUnsafe(OBJECT_ID_BYTES + IDENTITY_BYTES);
  key.writeUInt32BE(seconds, 0);
  key.writeUInt32BE(checksum, 4);
  // to copy a part takes a view of it, which costs more than these few bytes
  for (let i = 0; i < IDENTITY_BYTES; i++) key[OBJECT_ID_BYTES + i] = identity[i]!;
  return key as EntryKey;
}

function secondsAt(receivedAt: number): number {
  const seconds = Math.floor(receivedAt / 1000);
  const isU32 = seconds >= 0 && seconds <= SECONDS_MAX;
  // not an argument of assert: to print a number that nobody reads takes longer than all else here
  if (!isU32) assert.fail(`receivedAt is ms since the epoch, not ${receivedAt}`);
  return seconds;
}
