import {
  type Digest,
  type EntryKey,
  type EntryKind,
  digestFrom,
  entryKeyFrom,
  secondsOf,
} from '@hooklog/object-id';
import { type Entry, entryOf, type Header, type Origin } from '../entry';
import { LogError } from '../log-error';
import { ByteReader, ByteWriter, utf8Bytes } from './bytes';
import type { Position } from '../position';
import type { LogRecord, Member, Receipt, Writer } from './record';

/** Version of everything that is stored or sent. A change of the layout is a new version. */
const FORMAT = 1;

const ENTRY = 1;
const RECEIPT = 2;
const EPOCH = 3;
const MEMBERS = 4;
const KINDS: Readonly<Record<EntryKind, number>> = { json: 1, bytes: 2, message: 3 };
const KIND_NAMES = new Map(Object.entries(KINDS).map(([name, code]) => [code, name as EntryKind]));
const HAS_SOURCE = 1;
const HAS_EVENT_ID = 2;
const SAME_KEY = 1;
const VOTING = 1;

const HEAD_BYTES = 1 + 1 + 4;
const KEY_BYTES = 36;
const OBJECT_ID_BYTES = 8;
const DIGEST_BYTES = 32;
const STORE_BYTES = 8;

export type Content =
  | { readonly type: 'entry'; readonly epoch: number; readonly entry: Entry }
  | { readonly type: 'receipt'; readonly epoch: number; readonly receipt: Receipt }
  | { readonly type: 'epoch'; readonly epoch: number; readonly writer: Writer }
  | { readonly type: 'members'; readonly epoch: number; readonly members: readonly Member[] };

/** Bytes of an entry's content. */
export function entryContentBytes(entry: Omit<Entry, 'origin'>, node: string): number {
  const { source, eventId, headers, body } = entry;
  let bytes = HEAD_BYTES + KEY_BYTES + 8 + DIGEST_BYTES + writerBytes(node) + 8 + 1 + 1 + 2 + 4 + body.length;
  if (source !== undefined) bytes += 2 + utf8Bytes(source);
  if (eventId !== undefined) bytes += 2 + utf8Bytes(eventId);
  for (const [name, value] of headers) bytes += 2 + utf8Bytes(name) + 4 + utf8Bytes(value);
  return bytes;
}

/** Bytes that stay free in front of a content and behind it. */
export interface Margins {
  readonly before: number;
  readonly behind: number;
}

/** Writes the content into a buffer of its own, between margins. */
export function encodeContent(content: Content, margins: Margins): Buffer {
  switch (content.type) {
    case 'entry':
      return encodeEntry(content.epoch, content.entry, margins);
    case 'receipt':
      return encodeReceipt(content.epoch, content.receipt, margins);
    case 'epoch':
      return encodeEpoch(content.epoch, content.writer, margins);
    case 'members':
      return encodeMembers(content.epoch, content.members, margins);
  }
}

/**
 * What stands at a place.
 * @throws LogError DAMAGED_FRAME, or FORMAT_UNKNOWN for another version
 */
export function decodeContent(bytes: Buffer, position: Position): LogRecord {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== FORMAT)
    throw new LogError('FORMAT_UNKNOWN', `a frame has version ${version}, not ${FORMAT}`);
  const type = reader.u8();
  const epoch = reader.u32();
  const record = decodeBody(reader, type, epoch, position);
  reader.end();
  return record;
}

function decodeBody(reader: ByteReader, type: number, epoch: number, position: Position): LogRecord {
  if (type === ENTRY) return { type: 'entry', position, epoch, entry: decodeEntry(reader) };
  if (type === RECEIPT) return { type: 'receipt', position, epoch, receipt: decodeReceipt(reader) };
  if (type === EPOCH) return { type: 'epoch', position, epoch, writer: decodeWriter(reader) };
  if (type === MEMBERS) return { type: 'members', position, epoch, members: decodeMembers(reader) };
  throw new LogError('DAMAGED_FRAME', `a frame has the unknown record type ${type}`);
}

function encodeEntry(epoch: number, entry: Entry, margins: Margins): Buffer {
  const writer = started(ENTRY, epoch, entryContentBytes(entry, entry.origin.node), margins);
  writer.bytes(entry.key).u64(entry.receivedAt).bytes(entry.digest);
  writeOrigin(writer, entry.origin);
  const flags =
    (entry.source === undefined ? 0 : HAS_SOURCE) | (entry.eventId === undefined ? 0 : HAS_EVENT_ID);
  writer.u8(KINDS[entry.kind]).u8(flags);
  if (entry.source !== undefined) writeShortText(writer, entry.source);
  if (entry.eventId !== undefined) writeShortText(writer, entry.eventId);
  writeHeaders(writer, entry.headers);
  return writer.u32(entry.body.length).bytes(entry.body).buffer;
}

function decodeEntry(reader: ByteReader): Entry {
  const key = entryKeyFrom(reader.bytes(KEY_BYTES));
  const receivedAt = reader.u64();
  const digest = digestFrom(reader.bytes(DIGEST_BYTES));
  const origin = decodeOrigin(reader);
  const kind = KIND_NAMES.get(reader.u8());
  const flags = reader.u8();
  if (kind === undefined || flags > (HAS_SOURCE | HAS_EVENT_ID)) {
    throw new LogError('DAMAGED_FRAME', 'a frame has an unknown kind of entry');
  }
  const source = flags & HAS_SOURCE ? reader.text(reader.u16()) : undefined;
  const eventId = flags & HAS_EVENT_ID ? reader.text(reader.u16()) : undefined;
  const headers = decodeHeaders(reader);
  const body = reader.bytes(reader.u32());
  const entry = entryOf({ key, receivedAt, digest, kind, source, eventId, headers, body }, origin);
  const flaw = flawOf(entry);
  if (flaw !== undefined) throw new LogError('DAMAGED_FRAME', `a frame holds an entry ${flaw}`);
  return entry;
}

/** Why an entry contradicts itself: reads by time and duplicates rely on what is checked here. */
export function flawOf(entry: Omit<Entry, 'origin'>): string | undefined {
  if (
    !Number.isSafeInteger(entry.receivedAt) ||
    Math.floor(entry.receivedAt / 1000) !== secondsOf(entry.key)
  ) {
    return `whose key is not of the second of its receipt (${entry.receivedAt} ms)`;
  }
  if (entry.eventId === undefined && !isKeyOf(entry.digest, entry.key))
    return 'without event id whose key is not that of its digest';
  return undefined;
}

/** Byte by byte: to compare parts takes a view of each, which costs more. */
function isKeyOf(digest: Digest, key: EntryKey): boolean {
  for (let i = OBJECT_ID_BYTES; i < KEY_BYTES; i++) if (key[i] !== digest[i - OBJECT_ID_BYTES]) return false;
  return true;
}

function encodeReceipt(epoch: number, receipt: Receipt, margins: Margins): Buffer {
  const { origin, key, digest, sequence, sameKey } = receipt;
  const bytes = HEAD_BYTES + writerBytes(origin.node) + 8 + KEY_BYTES + DIGEST_BYTES + 8 + 1;
  const writer = started(RECEIPT, epoch, bytes, margins);
  writeOrigin(writer, origin);
  return writer
    .bytes(key)
    .bytes(digest)
    .u64(sequence)
    .u8(sameKey ? SAME_KEY : 0).buffer;
}

function decodeReceipt(reader: ByteReader): Receipt {
  const origin = decodeOrigin(reader);
  const key: EntryKey = entryKeyFrom(reader.bytes(KEY_BYTES));
  const digest: Digest = digestFrom(reader.bytes(DIGEST_BYTES));
  const sequence = reader.u64();
  const flags = reader.u8();
  if (flags > SAME_KEY || sequence < 1)
    throw new LogError('DAMAGED_FRAME', 'a frame holds an impossible receipt');
  return { origin, key, digest, sequence, sameKey: flags === SAME_KEY };
}

function encodeEpoch(epoch: number, { node, store }: Writer, margins: Margins): Buffer {
  const writer = started(EPOCH, epoch, HEAD_BYTES + writerBytes(node), margins);
  writeWriter(writer, node, store);
  return writer.buffer;
}

function encodeMembers(epoch: number, members: readonly Member[], margins: Margins): Buffer {
  const bytes = members.reduce(
    (sum, { node, url }) => sum + writerBytes(node) + 1 + 2 + utf8Bytes(url),
    HEAD_BYTES + 2,
  );
  const writer = started(MEMBERS, epoch, bytes, margins).u16(members.length);
  for (const { node, store, url, voting } of members) {
    writeWriter(writer, node, store);
    writer.u8(voting ? VOTING : 0);
    writeShortText(writer, url);
  }
  return writer.buffer;
}

function decodeMembers(reader: ByteReader): Member[] {
  const members: Member[] = [];
  for (let left = reader.u16(); left > 0; left--) {
    const { node, store } = decodeWriter(reader);
    const flags = reader.u8();
    if (flags > VOTING) throw new LogError('DAMAGED_FRAME', 'a frame holds an unknown kind of member');
    members.push({ node, store, voting: flags === VOTING, url: reader.text(reader.u16()) });
  }
  return members;
}

function started(type: number, epoch: number, bytes: number, { before, behind }: Margins): ByteWriter {
  const buffer = Buffer.allocUnsafe(before + bytes + behind);
  return new ByteWriter(buffer, before).u8(FORMAT).u8(type).u32(epoch);
}

function writerBytes(node: string): number {
  return 1 + utf8Bytes(node) + STORE_BYTES;
}

function writeWriter(writer: ByteWriter, node: string, store: string): void {
  if (node !== lastWriter.node || store !== lastWriter.store)
    lastWriter = { node, store, bytes: bytesOfWriter(node, store) };
  writer.bytes(lastWriter.bytes);
}

/** Most entries come from the writer that the one before came from. */
let lastWriter: Writer & { readonly bytes: Buffer } = { node: '', store: '', bytes: Buffer.alloc(0) };

function bytesOfWriter(node: string, store: string): Buffer {
  return new ByteWriter(Buffer.alloc(writerBytes(node))).text(node, 'u8').hex(store).buffer;
}

function decodeWriter(reader: ByteReader): Writer {
  const node = reader.text(reader.u8());
  return { node, store: reader.bytes(STORE_BYTES).toString('hex') };
}

function writeOrigin(writer: ByteWriter, origin: Origin): void {
  writeWriter(writer, origin.node, origin.store);
  writer.u64(origin.arrival);
}

function decodeOrigin(reader: ByteReader): Origin {
  const { node, store } = decodeWriter(reader);
  return { node, store, arrival: reader.u64() };
}

function writeShortText(writer: ByteWriter, text: string): void {
  writer.text(text, 'u16');
}

function writeHeaders(writer: ByteWriter, headers: readonly Header[]): void {
  writer.u16(headers.length);
  for (const [name, value] of headers) {
    writeShortText(writer, name);
    writer.text(value, 'u32');
  }
}

function decodeHeaders(reader: ByteReader): Header[] {
  const headers: Header[] = [];
  for (let left = reader.u16(); left > 0; left--) {
    const name = reader.text(reader.u16());
    headers.push([name, reader.text(reader.u32())]);
  }
  return headers;
}
