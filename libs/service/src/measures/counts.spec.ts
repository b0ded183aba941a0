import { Counts } from './counts';

describe('counts', () => {
  it('counts each combination of labels on its own', () => {
    const counts = new Counts(['source', 'reason']);
    counts.count('shop', 'timestamp');
    counts.count('shop', 'signature');
    const slot = counts.slot('shop', 'timestamp');
    counts.add(slot);
    counts.add(slot, 3);
    expect(counts.read()).toEqual([
      { labels: { source: 'shop', reason: 'timestamp' }, value: 5 },
      { labels: { source: 'shop', reason: 'signature' }, value: 1 },
    ]);
  });

  it('has room for so many combinations: what comes later is `other`, and loses no count', () => {
    const counts = new Counts(['name'], 3);
    for (let name = 0; name < 100; name += 1) counts.count(`n${name}`);
    counts.count('n2');
    expect(counts.read()).toEqual([
      { labels: { name: 'n0' }, value: 1 },
      { labels: { name: 'n1' }, value: 1 },
      { labels: { name: 'n2' }, value: 2 },
      { labels: { name: 'other' }, value: 97 },
    ]);
  });
});
