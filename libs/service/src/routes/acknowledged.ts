import { objectIdOf, printDigest, printEntryKey, printObjectId } from '@hooklog/object-id';
import type { Appended } from '@hooklog/ordered-log';
import type { ReplicationState } from '@hooklog/sync-protocol';

/** Of an ObjectId, with which the name of a key begins. */
const OBJECT_ID_DIGITS = 16;

/** What the answer to a write says. */
export type Acknowledged = Appended & { readonly replication: Omit<ReplicationState, 'met'> };

/** What clients read after a write. */
export function acknowledgedJson({ key, digest, sequence, duplicate, replication }: Acknowledged): object {
  return {
    id: printObjectId(objectIdOf(key)),
    key: printEntryKey(key),
    digest: printDigest(digest),
    sequence,
    duplicate,
    replication,
  };
}

/** The same as JSON, without the cost of printing any JSON: all of it is digits and words, in ASCII. */
export function acknowledgedText({ key, digest, sequence, duplicate, replication }: Acknowledged): string {
  const { acknowledged, required } = replication;
  const name = printEntryKey(key);
  const id = name.slice(0, OBJECT_ID_DIGITS);
  const names = `{"id":"${id}","key":"${name}","digest":"${printDigest(digest)}"`;
  const place = `"sequence":${sequence},"duplicate":${duplicate}`;
  return `${names},${place},"replication":{"acknowledged":${acknowledged},"required":${required}}}`;
}
