import { encodeIdList, openIdList } from './id-list-body';
import { encodeAnswerLine } from './answer-line';
import { stream } from '../testing/chunks';
import { webhook } from '../testing/webhooks';

const AT = 1_700_000_000;
const RANGE = { start: AT, end: AT + 9 };

describe('the list of a master', () => {
  it('has these bytes', async () => {
    const key = Buffer.alloc(36, 0xab) as ReturnType<typeof webhook>['key'];
    const list: Buffer[] = [];
    for await (const chunk of encodeIdList(RANGE, stream([{ key }, { key }]), () => undefined))
      list.push(chunk);
    expect(list.join('')).toBe(
      `{"slave_range_start":${AT},"slave_range_end":${AT + 9},"master_ids":["${'ab'.repeat(36)}","${'ab'.repeat(36)}"]}`,
    );
  });

  it.each([0, 1, 5000])('of %i ids is read back, in chunks of bounded size', async (count) => {
    const keys = Array.from({ length: count }, (_, i) => webhook(`${i}`, (AT + Math.floor(i / 1000)) * 1000));
    let sent = 0;
    const sizes: number[] = [];
    async function* body(): AsyncGenerator<Buffer, void, undefined> {
      for await (const chunk of encodeIdList(RANGE, stream(keys), () => (sent += 1))) {
        sizes.push(chunk.length);
        yield chunk;
      }
    }
    const { range, ids } = await openIdList(body());
    const read = [];
    for await (const { name } of ids) read.push(name);
    expect([range, read, sent]).toEqual([RANGE, keys.map(({ key }) => key.toString('hex', 8)), count]);
    expect(Math.max(...sizes)).toBeLessThan(17_000);
  });

  it('that never begins is refused', async () => {
    await expect(openIdList(stream([]))).rejects.toMatchObject({ code: 'BAD_ID_LIST' });
    await expect(openIdList(stream([Buffer.from('  ')]))).rejects.toMatchObject({ code: 'BAD_ID_LIST' });
  });
});

describe('an answer line', () => {
  it('has these bytes', () => {
    const { key } = webhook('a', AT * 1000);
    const head = `{"id":"${key.toString('hex', 0, 8)}","hash":${key.readUInt32BE(4)},"timestamp":${AT},`;
    const line = (kind: 'json' | 'bytes', body: Buffer): string =>
      encodeAnswerLine({ key, kind, body }).toString();
    expect(line('json', Buffer.from('{\n"a":\r1.0}'))).toBe(`${head}"data":{ "a": 1.0}}\n`);
    expect(line('bytes', Buffer.from('a\n"é'))).toBe(`${head}"data":"a\\n\\"é"}\n`);
    expect(line('bytes', Buffer.of(0xff))).toBe(`${head}"dataBase64":"/w=="}\n`);
  });
});
