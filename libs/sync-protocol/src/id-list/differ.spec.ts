import fc from 'fast-check';
import { type EntryKey, secondsOf } from '@hooklog/object-id';
import { type ListedId, namesOf } from './listed-id';
import { missingIn } from './differ';
import { stream } from '../testing/chunks';

const WINDOW = { windowSeconds: 60, windowIdsMax: 1000 };

/** A few names and times, so that they meet often. */
const anyKey = fc.record({ seconds: fc.integer({ min: 100, max: 500 }), crc: fc.nat(5), body: fc.nat(2) });
const anyOwn = fc.array(
  anyKey.map(({ seconds, crc, body }) => ({ key: keyOf(seconds, crc, body) })),
  { maxLength: 40 },
);
const anyListed = fc.array(
  fc.tuple(anyKey, fc.boolean()).map(([{ seconds, crc, body }, short]): ListedId => {
    return { seconds, name: namesOf(keyOf(seconds, crc, body))[short ? 0 : 1] };
  }),
  { maxLength: 40 },
);

describe('missingIn', () => {
  it.each([
    [-61, true],
    [-60, false],
    [0, false],
    [60, false],
    [61, true],
  ])('a listed copy %i s away: missing %s', async (shift, missing) => {
    for (const name of namesOf(keyOf(1000, 7))) {
      expect(await diff([keyOf(1000, 7)], [{ seconds: 1000 + shift, name }], WINDOW)).toHaveLength(
        missing ? 1 : 0,
      );
    }
  });

  it('without a window only the same second is the same event', async () => {
    const window = { ...WINDOW, windowSeconds: 0 };
    expect(await diff([keyOf(1000, 7)], [{ seconds: 1000, name: 7 }], window)).toHaveLength(0);
    expect(await diff([keyOf(1000, 7)], [{ seconds: 1001, name: 7 }], window)).toHaveLength(1);
  });

  it('a full key tells bodies with equal crc32c apart', async () => {
    const [own, other] = [keyOf(1000, 7, 1), keyOf(1000, 7, 2)];
    expect(await diff([own], [{ seconds: 1000, name: namesOf(other)[1] }], WINDOW)).toEqual([own]);
    expect(await diff([own], [{ seconds: 1000, name: namesOf(other)[0] }], WINDOW)).toEqual([]);
  });

  it('agrees with comparing each with each', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyOwn,
        anyListed,
        fc.constantFrom(0, 1, 60, 1000),
        async (own, listed, windowSeconds) => {
          const ownSorted = own.toSorted((a, b) => a.key.compare(b.key));
          const listSorted = listed.toSorted((a, b) => a.seconds - b.seconds);
          const naive = ownSorted.filter(
            ({ key }) => !listSorted.some((id) => isCopy(key, id, windowSeconds)),
          );
          const found = await diff(
            ownSorted.map(({ key }) => key),
            listSorted,
            { ...WINDOW, windowSeconds },
          );
          expect(found).toEqual(naive.map(({ key }) => key));
        },
      ),
      { seed: 9, numRuns: 500 },
    );
  });

  it('with a window that is too small sends more, never less', async () => {
    await fc.assert(
      fc.asyncProperty(anyOwn, anyListed, async (own, listed) => {
        const keys = own.map(({ key }) => key).toSorted((a, b) => a.compare(b));
        const list = listed.toSorted((a, b) => a.seconds - b.seconds);
        const small = await diff(keys, list, { ...WINDOW, windowIdsMax: 3 });
        for (const missing of await diff(keys, list, WINDOW)) expect(small).toContainEqual(missing);
      }),
      { seed: 10, numRuns: 200 },
    );
  });

  it('keeps no more ids than the window allows, whatever the list', async () => {
    let handed = 0;
    async function* endless(): AsyncGenerator<ListedId, void, undefined> {
      for (; handed < 50_000; handed += 1) yield await Promise.resolve({ seconds: 1000, name: handed });
    }
    const missing = missingIn(stream([{ key: keyOf(1000, 49_999) }]), endless(), {
      ...WINDOW,
      windowIdsMax: 10,
    });
    expect((await missing.next()).done).toBe(true);
  });

  it('judges a key as soon as the list has passed it, before the list goes on', async () => {
    let asked = 0;
    async function* list(): AsyncGenerator<ListedId, void, undefined> {
      for (asked = 1; asked < 10; asked += 1)
        yield await Promise.resolve({ seconds: 1000 + 61 * asked, name: 1 });
    }
    const missing = missingIn(stream([{ key: keyOf(1000, 7) }]), list(), WINDOW);
    expect((await missing.next()).done).toBe(false);
    expect(asked).toBe(1);
    expect((await missing.next()).done).toBe(true);
    expect(asked).toBe(10);
  });

  it('closes both sides when it is left, and when one fails', async () => {
    const closed: string[] = [];
    async function* open<T>(name: string, items: T[], fails = false): AsyncGenerator<T, void, undefined> {
      try {
        yield* stream(items);
        if (fails) throw new Error(name);
      } finally {
        closed.push(name);
      }
    }
    const own = [{ key: keyOf(1000, 1) }, { key: keyOf(1000, 2) }];
    const left = missingIn(open('own', own), open('list', [{ seconds: 2000, name: 1 }]), WINDOW);
    expect((await left.next()).done).toBe(false);
    await left.return();
    expect(closed.splice(0).toSorted()).toEqual(['list', 'own']);
    await expect(diffOf(open('own', own), open('list', [{ seconds: 1, name: 1 }], true))).rejects.toThrow(
      'list',
    );
    await expect(diffOf(open('own', own, true), open('list', [{ seconds: 1, name: 1 }]))).rejects.toThrow(
      'own',
    );
    expect(closed).toContain('list');
  });
});

function keyOf(seconds: number, crc: number, body = 0): EntryKey {
  const key = Buffer.alloc(36, body);
  key.writeUInt32BE(seconds, 0);
  key.writeUInt32BE(crc, 4);
  return key as EntryKey;
}

function isCopy(key: EntryKey, { seconds, name }: ListedId, windowSeconds: number): boolean {
  return Math.abs(secondsOf(key) - seconds) <= windowSeconds && namesOf(key).some((own) => own === name);
}

function diff(
  keys: EntryKey[],
  listed: ListedId[],
  options: Parameters<typeof missingIn<{ key: EntryKey }>>[2],
): Promise<EntryKey[]> {
  return diffOf(stream(keys.map((key) => ({ key }))), stream(listed), options);
}

async function diffOf(
  own: AsyncIterable<{ key: EntryKey }>,
  listed: AsyncIterable<ListedId>,
  options: Parameters<typeof missingIn<{ key: EntryKey }>>[2] = WINDOW,
): Promise<EntryKey[]> {
  const missing: EntryKey[] = [];
  for await (const { key } of missingIn(own, listed, options)) missing.push(key);
  return missing;
}
