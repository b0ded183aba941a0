import { memoryStore } from '../testing/served-node';
import { Quarantine, type RefusedDelivery } from './quarantine';

const ROOM = { entriesMax: 3, bytesMax: 10_000 };

const delivery = (body: string, source = 'github'): RefusedDelivery => ({
  source,
  receivedAt: 1_763_635_880_999,
  reason: 'WRONG_SIGNATURE',
  headers: { 'x-hub-signature-256': ['sha256=00'], 'x-twice': ['é', 'b'] },
  body: Buffer.from(body),
});

async function bodiesOf(quarantine: Quarantine, after = 0): Promise<string[]> {
  const bodies: string[] = [];
  for await (const { body } of quarantine.list(after)) bodies.push(body.toString('latin1'));
  return bodies;
}

describe('the quarantine', () => {
  it('gives back what was refused, as it came', async () => {
    const quarantine = await Quarantine.open(memoryStore().index);
    const refused = { ...delivery(''), body: Buffer.from([0, 255, 10]) };
    await quarantine.keep(refused, ROOM);
    expect(await quarantine.find(1)).toEqual({ ...refused, id: 1 });
    expect(await quarantine.find(2)).toBeUndefined();
  });

  it('has its deliveries and its numbers after a restart', async () => {
    const database = memoryStore().index;
    const first = await Quarantine.open(database);
    for (const body of ['a', 'b', 'c']) await first.keep(delivery(body), ROOM);
    const again = await Quarantine.open(database);
    expect(await bodiesOf(again)).toEqual(['a', 'b', 'c']);
    await again.keep(delivery('d'), ROOM);
    expect(await bodiesOf(again)).toEqual(['b', 'c', 'd']);
    expect(await again.find(4)).toMatchObject({ id: 4 });
  });

  it('lets the oldest of the same source go when there are too many', async () => {
    const quarantine = await Quarantine.open(memoryStore().index);
    await quarantine.keep(delivery('other', 'stripe'), ROOM);
    for (const body of ['a', 'b', 'c', 'd', 'e']) await quarantine.keep(delivery(body), ROOM);
    expect(await bodiesOf(quarantine)).toEqual(['other', 'c', 'd', 'e']);
    expect(await bodiesOf(quarantine, 4)).toEqual(['d', 'e']);
  });

  it('lets the oldest go when they have too many bytes, and keeps none that is larger than all the room', async () => {
    const quarantine = await Quarantine.open(memoryStore().index);
    const room = { entriesMax: 100, bytesMax: 2_000 };
    for (const name of ['a', 'b', 'c']) await quarantine.keep(delivery(name.repeat(700)), room);
    expect((await bodiesOf(quarantine)).map((body) => body[0])).toEqual(['b', 'c']);
    expect(await quarantine.keep(delivery('d'.repeat(2_000)), room)).toBe(false);
    expect((await bodiesOf(quarantine)).map((body) => body[0])).toEqual(['b', 'c']);
    await quarantine.keep(delivery('e'.repeat(1_800)), room);
    expect((await bodiesOf(quarantine)).map((body) => body[0])).toEqual(['e']);
  });

  it('keeps nothing where nothing may be kept', async () => {
    const quarantine = await Quarantine.open(memoryStore().index);
    expect(await quarantine.keep(delivery('a'), { entriesMax: 0, bytesMax: 1_000 })).toBe(false);
    expect(await bodiesOf(quarantine)).toEqual([]);
  });

  it('has the room of what was removed again', async () => {
    const quarantine = await Quarantine.open(memoryStore().index);
    for (const body of ['a', 'b', 'c']) await quarantine.keep(delivery(body), ROOM);
    expect([await quarantine.remove(2), await quarantine.remove(2), await quarantine.remove(9)]).toEqual([
      true,
      false,
      false,
    ]);
    await quarantine.keep(delivery('d'), ROOM);
    expect(await bodiesOf(quarantine)).toEqual(['a', 'c', 'd']);
  });

  it('never has more than its room, whatever comes at once', async () => {
    const database = memoryStore().index;
    const quarantine = await Quarantine.open(database);
    await Promise.all(Array.from({ length: 50 }, (_none, i) => quarantine.keep(delivery(`${i}`), ROOM)));
    expect(await bodiesOf(quarantine)).toEqual(['47', '48', '49']);
    expect(await bodiesOf(await Quarantine.open(database))).toEqual(['47', '48', '49']);
  });
});
