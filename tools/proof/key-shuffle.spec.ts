import { identify } from '@hooklog/object-id';
import { exampleBodies } from './examples';
import { shuffleKeys } from './key-shuffle';
import { seeded } from './random';

describe('shuffleKeys', () => {
  it('changes the order of the keys and nothing else', () => {
    const text = '{"a":1.50,"b":[1,{"c":"\\"}","d":null}],"e":{},"f":[]}';
    const copy = shuffleKeys(text, seeded(7));
    expect(copy).not.toBe(text);
    expect(JSON.parse(copy)).toEqual(JSON.parse(text));
    expect([...copy].sort()).toEqual([...text].sort());
  });

  it('keeps the digest of every example', () => {
    const random = seeded(1);
    for (const text of exampleBodies().slice(0, 100)) {
      const copy = shuffleKeys(text, random);
      expect(identify(Buffer.from(copy), 0).digest).toEqual(identify(Buffer.from(text), 0).digest);
    }
  });
});
