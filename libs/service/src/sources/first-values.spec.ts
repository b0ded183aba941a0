import { FirstValues } from './first-values';

describe('first values', () => {
  it('are the first of each key', () => {
    const values = new FirstValues(2);
    expect(values.note('a', '1')).toBeUndefined();
    expect([values.note('a', '2'), values.note('a', '3')]).toEqual(['1', '1']);
  });

  it('are those of the keys that came last, round and round', () => {
    const values = new FirstValues(3);
    for (let key = 0; key < 10; key++) {
      expect(values.note(`${key}`, 'first')).toBeUndefined();
      for (const known of [key - 2, key - 1, key].filter((each) => each >= 0))
        expect(values.note(`${known}`, 'again')).toBe('first');
    }
    expect(values.note('6', 'again')).toBeUndefined();
  });

  it('can be put right while they are remembered, by which a key does not become a later one', () => {
    const values = new FirstValues(2);
    values.note('a', '1');
    values.note('b', '1');
    values.correct('a', '2');
    expect(values.note('a', '3')).toBe('2');
    values.note('c', '1');
    values.correct('a', '4');
    expect([values.note('b', '5'), values.note('c', '5')]).toEqual(['1', '1']);
    expect(values.note('a', '5')).toBeUndefined();
  });
});
