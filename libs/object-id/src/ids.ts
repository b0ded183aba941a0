import { ObjectIdError } from './errors';

/** 36 bytes: the ObjectId, then the 28 bytes of the identity. Order of the bytes = order of entries. */
export type EntryKey = Buffer & { readonly __brand: 'EntryKey' };
/** 8 bytes: unix seconds of the receipt, then the crc32c of the canonical form, both u32 big-endian. */
export type ObjectId = Buffer & { readonly __brand: 'ObjectId' };
/** 32 bytes: SHA-256 of the canonical form. */
export type Digest = Buffer & { readonly __brand: 'Digest' };

const ENTRY_KEY_BYTES = 36;
export const OBJECT_ID_BYTES = 8;
const DIGEST_BYTES = 32;
export const IDENTITY_BYTES = ENTRY_KEY_BYTES - OBJECT_ID_BYTES;
export const EVENT_NAME_BYTES = IDENTITY_BYTES / 2;

const LOWER_HEX = /^[0-9a-f]*$/;

/** Reads the 72 lower-case hex digits of a key; anything else is refused as `INVALID_ID`. */
export function parseEntryKey(hex: string): EntryKey {
  return parseHex(hex, ENTRY_KEY_BYTES, 'an entry key') as EntryKey;
}

export function printEntryKey(key: EntryKey): string {
  return key.toString('hex');
}

/** Reads the 16 lower-case hex digits of an ObjectId; anything else is refused as `INVALID_ID`. */
export function parseObjectId(hex: string): ObjectId {
  return parseHex(hex, OBJECT_ID_BYTES, 'an ObjectId') as ObjectId;
}

export function printObjectId(id: ObjectId): string {
  return id.toString('hex');
}

/** Reads the 64 lower-case hex digits of a digest; anything else is refused as `INVALID_ID`. */
export function parseDigest(hex: string): Digest {
  return parseHex(hex, DIGEST_BYTES, 'a digest') as Digest;
}

export function printDigest(digest: Digest): string {
  return digest.toString('hex');
}

/** The key in 36 bytes of foreign input. Shares their memory; another length is refused as `INVALID_ID`. */
export function entryKeyFrom(bytes: Uint8Array): EntryKey {
  return viewOf(bytes, ENTRY_KEY_BYTES, 'an entry key') as EntryKey;
}

/** The digest in 32 bytes of foreign input. Shares their memory; another length is refused as `INVALID_ID`. */
export function digestFrom(bytes: Uint8Array): Digest {
  return viewOf(bytes, DIGEST_BYTES, 'a digest') as Digest;
}

/** The short name of an entry: the first 8 bytes of its key, sharing the key's memory. */
export function objectIdOf(key: EntryKey): ObjectId {
  return key.subarray(0, OBJECT_ID_BYTES) as ObjectId;
}

/** The 28 bytes of the identity after the ObjectId, sharing the key's memory. */
export function identityOf(key: EntryKey): Buffer {
  return key.subarray(OBJECT_ID_BYTES);
}

/** The 28 bytes of the identity of an entry with this body and without event id, sharing the digest's memory. */
export function identityOfBody(digest: Digest): Buffer {
  return digest.subarray(0, IDENTITY_BYTES);
}

/**
 * The first 14 bytes of the identity of an entry with an event id, sharing the key's memory: those that all entries with
 * this event id of this source have.
 */
export function eventNameOf(key: EntryKey): Buffer {
  return key.subarray(OBJECT_ID_BYTES, OBJECT_ID_BYTES + EVENT_NAME_BYTES);
}

/** Unix seconds of the receipt. */
export function secondsOf(id: EntryKey | ObjectId): number {
  return id.readUInt32BE(0);
}

function parseHex(hex: string, bytes: number, what: string): Buffer {
  if (hex.length !== 2 * bytes || !LOWER_HEX.test(hex)) {
    throw new ObjectIdError('INVALID_ID', `${what} has ${2 * bytes} lower-case hex digits`);
  }
  return Buffer.from(hex, 'hex');
}

function viewOf(bytes: Uint8Array, length: number, what: string): Buffer {
  if (bytes.length !== length) throw new ObjectIdError('INVALID_ID', `${what} has ${length} bytes`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, length);
}
