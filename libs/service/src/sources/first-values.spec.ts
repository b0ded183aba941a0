import { FirstValues } from './first-values';

describe('first values', () => {
  it('are the first of each key', () => {
    const values = new FirstValues(2);
    expect(values.get('a')).toBeUndefined();
    expect([values.first('a', '1'), values.first('a', '2'), values.get('a')]).toEqual(['1', '1', '1']);
  });

  it('are those of the keys that came last, round and round', () => {
    const values = new FirstValues(3);
    for (let key = 0; key < 10; key++) {
      values.first(`${key}`, 'first');
      values.first(`${Math.max(0, key - 2)}`, 'again');
      const known = Array.from({ length: 10 }, (_, i) => i).filter((i) => values.get(`${i}`) === 'first');
      expect(known).toEqual([key - 2, key - 1, key].filter((i) => i >= 0));
    }
  });

  it('can be put right, by which a key does not become a later one', () => {
    const values = new FirstValues(2);
    values.first('a', '1');
    values.first('b', '1');
    values.set('a', '2');
    expect(values.get('a')).toBe('2');
    values.first('c', '1');
    expect(['a', 'b', 'c'].map((key) => values.get(key))).toEqual([undefined, '1', '1']);
  });
});
