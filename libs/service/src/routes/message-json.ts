import {
  type Digest,
  type EntryKey,
  objectIdOf,
  printDigest,
  printEntryKey,
  printObjectId,
} from '@hooklog/object-id';
import { printMicroseconds } from './seed-time';

export interface ShownMessage {
  readonly text: Buffer;
  readonly digest: Digest;
  readonly key: EntryKey;
  readonly sequence: number | null;
  /** ms since the epoch */
  readonly receivedAt: number;
}

/** Names of the nodes that have the log up to a sequence, as far as this node knows. */
export type Holders = (sequence: number) => readonly string[];

/** A message as clients read it. `meta` has the words of the older write-concern service. */
export function messageJson(message: ShownMessage, holders: Holders): object {
  const { text, digest, key, sequence, receivedAt } = message;
  return {
    message: text.toString(),
    digest: printDigest(digest),
    id: printObjectId(objectIdOf(key)),
    key: printEntryKey(key),
    meta: {
      message_id: sequence,
      registered_at: printMicroseconds(receivedAt),
      registered_to: holders(sequence ?? Infinity),
    },
  };
}
