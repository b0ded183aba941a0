import type { Member } from '@hooklog/ordered-log';
import type { Member as Candidate } from '../member';
import { SyncError } from '../sync-error';

/**
 * The members with a node that registers: unchanged, at another address, or, when it is new or comes with another
 * store, as a learner. A store that is gone takes its vote with it.
 * @throws SyncError `SELF_REGISTRATION`, `BAD_REGISTRATION`
 */
export function registered(
  members: readonly Member[],
  candidate: Candidate,
  self: { readonly node: string; readonly store: string },
  slavesMax: number,
): readonly Member[] {
  const { node, store, url } = candidate;
  if (node === self.node || store === self.store) {
    throw new SyncError(
      'SELF_REGISTRATION',
      `${node} (store ${store}) at ${url} is this master itself: give the slave its own NODE_ID, DATA_DIR and SELF_URL`,
    );
  }
  const other = members.find((member) => member.store === store && member.node !== node);
  if (other) {
    throw new SyncError(
      'BAD_REGISTRATION',
      `store ${store} is already registered as ${other.node}: a copied disk, or a new name (then remove ${other.node} first)`,
    );
  }
  const known = members.find((member) => member.node === node);
  if (!known && members.length > slavesMax)
    throw new SyncError('BAD_REGISTRATION', `there are ${slavesMax} slaves already`);
  const voting = known?.store === store && known.voting;
  if (known?.store === store && known.url === url) return members;
  return [...members.filter((member) => member !== known), { node, store, url, voting }];
}

/** @throws SyncError `UNKNOWN_MEMBER`, `SELF_REGISTRATION` */
export function removed(members: readonly Member[], node: string, self: string): readonly Member[] {
  if (node === self)
    throw new SyncError('SELF_REGISTRATION', 'the master stays a member: promote another node first');
  const left = members.filter((member) => member.node !== node);
  if (left.length < members.length) return left;
  throw new SyncError('UNKNOWN_MEMBER', `no member is called ${JSON.stringify(node.slice(0, 128))}`);
}

/** The members with one store counting in quorums, or no longer. */
export function withVote(members: readonly Member[], store: string, voting: boolean): readonly Member[] {
  return members.map((member) => (member.store === store ? { ...member, voting } : member));
}

/** This node is a voter of the log that it writes, at the address where the others reach it. */
export function withSelf(
  members: readonly Member[],
  self: { readonly node: string; readonly store: string; readonly url: string },
): readonly Member[] {
  const known = members.find(({ store }) => store === self.store);
  if (known?.voting && known.url === self.url && known.node === self.node) return members;
  const { node, store, url } = self;
  const others = members.filter((member) => member.store !== store && member.node !== node);
  return [{ node, store, url, voting: true }, ...others];
}

/** Whether the same stores count in both. */
export function sameVoters(a: readonly Member[], b: readonly Member[]): boolean {
  const votersOf = (members: readonly Member[]): string[] =>
    members.filter(({ voting }) => voting).map(({ store }) => store);
  const [one, other] = [votersOf(a), new Set(votersOf(b))];
  return one.length === other.size && one.every((store) => other.has(store));
}
