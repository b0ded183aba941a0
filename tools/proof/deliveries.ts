import { identify, printDigest } from '@hooklog/object-id';
import { shuffleKeys } from './key-shuffle';
import { pick, type Random, shuffled } from './random';

/** One webhook on its way to one node, and what the node must make of it, computed here from the bytes. */
export interface Delivery {
  readonly body: string;
  /** SHA-256 of the canonical form, hex */
  readonly digest: string;
  /** crc32c of the canonical form, hex: the second half of the ObjectId */
  readonly checksum: string;
  /** NODE_ID of the node it is sent to first */
  readonly node: string;
}

/** Share of webhooks that come twice to one node; the same share comes to two nodes. */
const COPIED = 0.1;
/** Deliveries of one event stay within about this many of each other: well inside the dedup window. */
const SPREAD = 24;

/**
 * Each body to a random node, a tenth of them twice to the same node and a tenth to two nodes, the copies
 * with their keys in another order. Bodies that are one event already (equal digests) travel close together.
 */
export function planDeliveries(
  bodies: readonly string[],
  nodes: readonly string[],
  random: Random,
): Delivery[] {
  const deliveries = bodies.flatMap((body) => withCopies(body, nodes, random));
  const byDigest = new Map<string, Delivery[]>();
  for (const each of deliveries) byDigest.set(each.digest, [...(byDigest.get(each.digest) ?? []), each]);
  return jostled(shuffled(random, [...byDigest.values()]).flat(), random);
}

export function withCopies(body: string, nodes: readonly string[], random: Random): Delivery[] {
  const first = delivery(body, pick(random, nodes));
  const lot = random();
  if (lot < COPIED) return [first, delivery(shuffleKeys(body, random), first.node)];
  if (lot < 2 * COPIED) return [first, delivery(shuffleKeys(body, random), other(first.node, nodes, random))];
  return [first];
}

export function delivery(body: string, node: string): Delivery {
  const { digest, objectId } = identify(Buffer.from(body), 0);
  return { body, digest: printDigest(digest), checksum: objectId.toString('hex', 4), node };
}

function other(node: string, nodes: readonly string[], random: Random): string {
  return pick(
    random,
    nodes.filter((each) => each !== node),
  );
}

/** A small disorder: nothing moves further than `SPREAD` places. */
function jostled<T>(items: readonly T[], random: Random): T[] {
  const placed = items.map((item, index) => ({ item, at: index + random() * SPREAD }));
  return placed.sort((one, two) => one.at - two.at).map(({ item }) => item);
}
