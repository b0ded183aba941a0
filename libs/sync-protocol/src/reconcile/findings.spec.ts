import { Findings } from './findings';
import type { Item } from './item-set';
import { item } from './testing/session';

const [a, b, c] = [item(1, 10), item(2, 11), item(3, 12)] as const;

describe('Findings', () => {
  it('has what the peer does not list, and needs what only the peer lists', () => {
    const findings = new Findings(100);
    findings.compare([a, b], [b.id, c.id], 5, 20);
    expect(findings.take()).toEqual({ have: [a], need: [{ id: c.id, from: 5, to: 20 }] });
    expect(findings.take()).toEqual({ have: [], need: [] });
  });

  it('counts: the same id at two times is two items', () => {
    const again = { ...a, timestamp: 15 };
    const findings = new Findings(100);
    findings.compare([a], [a.id, a.id], 5, 20);
    findings.compare([a, again], [a.id], 5, 20);
    expect(findings.take()).toEqual({ have: [again], need: [{ id: a.id, from: 5, to: 20 }] });
  });

  it('tells each difference once, however often it is told', () => {
    const findings = new Findings(100);
    findings.have(a);
    findings.have(a);
    findings.need({ id: b.id, from: 5, to: 20 });
    findings.need({ id: b.id, from: 11, to: 11 });
    expect(findings.take()).toEqual({ have: [a], need: [{ id: b.id, from: 5, to: 20 }] });
    findings.have(a);
    expect(findings.take().have).toEqual([]);
  });

  it('tells one id for each range that it is missing in', () => {
    const findings = new Findings(100);
    findings.need({ id: b.id, from: 5, to: 20 });
    findings.need({ id: b.id, from: 21, to: 30 });
    expect(findings.take().need).toHaveLength(2);
  });

  it('ends at its limit', () => {
    const findings = new Findings(2);
    expect(findings.isFull).toBe(false);
    function* endless(): Generator<Item> {
      for (let i = 0; ; i++) yield item(i, i);
    }
    findings.compare(endless(), [], 0, Infinity);
    findings.need({ id: b.id, from: 5, to: 20 });
    expect(findings.isFull).toBe(true);
    expect(findings.take()).toEqual({ have: [item(0, 0), item(1, 1)], need: [] });
  });

  it('keeps nothing of the message that it was told by', () => {
    const findings = new Findings(100);
    const message = Buffer.from(c.id);
    findings.compare([], [message.subarray(0, 32)], 5, 20);
    message.fill(0);
    expect(findings.take().need).toEqual([{ id: c.id, from: 5, to: 20 }]);
  });
});
