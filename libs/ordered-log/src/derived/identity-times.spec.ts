import { randomBytes } from 'node:crypto';
import { IdentityTimes } from './identity-times';

const NOON = 1_700_000_000;
const DAY = 86_400;

function identities(count: number): Buffer[] {
  return Array.from({ length: count }, () => randomBytes(28));
}

function added(times: IdentityTimes, each: readonly Buffer[], secondsOf: (i: number) => number): void {
  each.forEach((identity, i) => times.add(identity, secondsOf(i)));
}

const near = (times: IdentityTimes, identity: Buffer, seconds: number): number[] => [
  ...times.secondsOf(identity, seconds - 60, seconds + 60),
];

describe('times of identities', () => {
  it('are none at first', () => {
    expect(identities(100).flatMap((each) => near(new IdentityTimes(), each, NOON))).toEqual([]);
  });

  it.each([1, 49_152, 49_153, 400_000])(
    'are known of each of %d, with few that are of another one',
    (count) => {
      const times = new IdentityTimes();
      const known = identities(count);
      added(times, known, (i) => NOON + (i % DAY));
      const missed = known.filter(
        (each, i) => !near(times, each, NOON + (i % DAY)).includes(NOON + (i % DAY)),
      );
      expect(missed.length).toBe(0);
      const mistaken = identities(20_000).filter((each, i) => near(times, each, NOON + i).length > 0).length;
      expect(mistaken).toBeLessThan(20);
      expect(known.every((each, i) => times.mayHave(each, NOON + (i % DAY)))).toBe(true);
      expect(identities(20_000).filter((each, i) => times.mayHave(each, NOON + i)).length).toBeLessThan(5);
    },
  );

  it('are in their order, each once, from the first second to the last one', () => {
    const times = new IdentityTimes();
    const [one, other] = identities(2) as [Buffer, Buffer];
    const seconds = [0xffff_ffff, NOON + 3 * DAY, NOON, NOON + 2, NOON + 1, NOON, 0];
    added(
      times,
      seconds.map(() => one),
      (i) => seconds[i]!,
    );
    times.add(other, NOON + 1);
    const between = (from: number, to: number) => [...times.secondsOf(one, from, to)];
    expect(between(NOON - DAY, NOON + 9 * DAY)).toEqual([NOON, NOON + 1, NOON + 2, NOON + 3 * DAY]);
    expect(between(NOON + 1, NOON + 3 * DAY)).toEqual([NOON + 1, NOON + 2, NOON + 3 * DAY]);
    expect(between(NOON + 3, NOON + 3 * DAY - 1)).toEqual([]);
    expect([between(0, 0), between(0xffff_ffff, 0xffff_ffff)]).toEqual([[0], [0xffff_ffff]]);
  });

  it('are kept apart where identities begin alike, or come again and again', () => {
    const times = new IdentityTimes();
    const alike = identities(3000).map((each) => Buffer.concat([Buffer.alloc(14), each.subarray(14)]));
    added(times, alike, () => NOON);
    const again = randomBytes(28);
    for (let i = 0; i < 3000; i++) times.add(again, NOON + i * 60);
    expect(alike.filter((each) => !near(times, each, NOON).includes(NOON)).length).toBe(0);
    const seconds = Array.from({ length: 3000 }, (_, i) => NOON + i * 60);
    expect([...times.secondsOf(again, NOON, NOON + 3000 * 60)]).toEqual(expect.arrayContaining(seconds));
  });
});
