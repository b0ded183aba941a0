import type { Member } from '@hooklog/ordered-log';
import { registered, removed, sameVoters, withSelf, withVote } from './membership';

const MAX = 4;
const SELF = member('master', 'aa', true);
const ONE = member('slave-1', 'b1', true);
const TWO = member('slave-2', 'b2', false);
const MEMBERS = [SELF, ONE, TWO];

function member(node: string, store: string, voting: boolean, url = `http://${node}`): Member {
  return { node, store: store.padEnd(16, '0'), url, voting };
}

function candidate({ node, store, url }: Member): Omit<Member, 'voting'> {
  return { node, store, url };
}

describe('registered', () => {
  it.each([
    [
      'a new node becomes a learner',
      member('slave-3', 'b3', true),
      [SELF, ONE, TWO, member('slave-3', 'b3', false)],
    ],
    [
      'a voter at another address stays a voter',
      { ...ONE, url: 'http://new' },
      [SELF, TWO, { ...ONE, url: 'http://new' }],
    ],
    [
      'a learner at another address stays a learner',
      { ...TWO, url: 'http://new' },
      [SELF, ONE, { ...TWO, url: 'http://new' }],
    ],
    [
      'a voter with another store is a learner, and the old store is gone',
      member('slave-1', 'c1', true),
      [SELF, TWO, member('slave-1', 'c1', false)],
    ],
  ])('%s', (_, one, expected) => {
    expect(registered(MEMBERS, candidate(one), SELF, MAX)).toEqual(expected);
  });

  it('changes nothing for a member that comes again as it was', () => {
    for (const one of [ONE, TWO]) expect(registered(MEMBERS, candidate(one), SELF, MAX)).toBe(MEMBERS);
  });

  it.each([
    ['this node by its name', member('master', 'c1', false), 'SELF_REGISTRATION'],
    ['this node by its store', member('other', 'aa', false), 'SELF_REGISTRATION'],
    ['a store under two names', member('copy', 'b1', false), 'BAD_REGISTRATION'],
  ])('refuses %s', (_, one, code) => {
    expect(() => registered(MEMBERS, candidate(one), SELF, MAX)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses more slaves than the limit, but none that is a member already', () => {
    const full = [SELF, ONE, TWO];
    expect(() => registered(full, candidate(member('slave-3', 'b3', false)), SELF, 2)).toThrow(
      expect.objectContaining({ code: 'BAD_REGISTRATION' }),
    );
    expect(registered(full, candidate(member('slave-1', 'c1', false)), SELF, 2)).toHaveLength(3);
    expect(registered(full, candidate({ ...ONE, url: 'http://new' }), SELF, 2)).toHaveLength(3);
  });
});

describe('removed', () => {
  it('leaves the others as they are', () => {
    expect(removed(MEMBERS, 'slave-1', 'master')).toEqual([SELF, TWO]);
    expect(removed(MEMBERS, 'slave-2', 'master')).toEqual([SELF, ONE]);
  });

  it.each([
    ['a node that is no member', 'nobody', 'UNKNOWN_MEMBER'],
    ['the master itself', 'master', 'SELF_REGISTRATION'],
  ])('refuses %s', (_, node, code) => {
    expect(() => removed(MEMBERS, node, 'master')).toThrow(expect.objectContaining({ code }));
  });
});

describe('withVote', () => {
  it('gives or takes one vote, by store', () => {
    expect(withVote(MEMBERS, TWO.store, true)).toEqual([SELF, ONE, { ...TWO, voting: true }]);
    expect(withVote(MEMBERS, ONE.store, false)).toEqual([SELF, { ...ONE, voting: false }, TWO]);
  });
});

describe('withSelf', () => {
  it('changes nothing where this node is a voter at this address', () => {
    expect(withSelf(MEMBERS, SELF)).toBe(MEMBERS);
  });

  it.each([
    ['makes the first member', [], [SELF]],
    ['names the new address', [{ ...SELF, url: 'http://old' }, ONE], [SELF, ONE]],
    ['names the new name', [{ ...SELF, node: 'old' }, ONE], [SELF, ONE]],
  ])('%s', (_, members, expected) => {
    expect(withSelf(members, SELF)).toEqual(expected);
  });
});

describe('sameVoters', () => {
  it.each([
    [true, 'the same list', MEMBERS, MEMBERS],
    [true, 'another order', MEMBERS, MEMBERS.toReversed()],
    [true, 'another address', MEMBERS, [SELF, { ...ONE, url: 'http://new' }, TWO]],
    [true, 'a learner more', MEMBERS, [...MEMBERS, member('slave-3', 'b3', false)]],
    [true, 'a learner less', MEMBERS, [SELF, ONE]],
    [false, 'a voter less', MEMBERS, [SELF, TWO]],
    [false, 'a vote more', MEMBERS, withVote(MEMBERS, TWO.store, true)],
    [false, 'one voter for another', MEMBERS, [SELF, { ...ONE, store: TWO.store }]],
  ])('is %s for %s', (expected, _, one, other) => {
    expect(sameVoters(one, other)).toBe(expected);
    expect(sameVoters(other, one)).toBe(expected);
  });
});
