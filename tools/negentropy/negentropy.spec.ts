import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { join } from 'node:path';
import { ROOT } from '../cluster/build';
import { dieWithParent } from '../cluster/guard';

const PROGRAM = join(ROOT, 'node_modules/.bin/tsx');
const ARGUMENTS = ['--tsconfig', 'tools/tsconfig.json', 'tools/negentropy/main.ts'];
const EE = 'ee'.repeat(32);
const AA = 'aa'.repeat(32);

type Settings = Readonly<Record<string, string>>;

const started: Side[] = [];

/** One side in a process of its own. */
class Side {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly exit: Promise<number | null>;
  complaint = '';

  constructor(settings: Settings = {}) {
    const env = { ...process.env, FRAMESIZELIMIT: '', POLICY: '', ...settings };
    this.#child = spawn(PROGRAM, ARGUMENTS, {
      cwd: ROOT,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    dieWithParent(this.#child);
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.on('data', (text: Buffer) => (this.complaint += text.toString()));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.exit = new Promise((resolve) => this.#child.once('close', resolve));
    started.push(this);
  }

  say(...lines: readonly string[]): void {
    this.#child.stdin.write(lines.map((line) => `${line}\n`).join(''));
  }

  async hear(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`the process has ended: ${this.complaint}`);
    return value;
  }

  async end(): Promise<number | null> {
    this.#child.stdin.end();
    return this.exit;
  }
}

interface Outcome {
  readonly have: readonly string[];
  readonly need: readonly string[];
  readonly messages: readonly string[];
}

/** Carries the messages of one side to the other one, until the initiator is done. */
async function reconcile(one: Side, other: Side): Promise<Outcome> {
  const told: Record<'have' | 'need' | 'msg', string[]> = { have: [], need: [], msg: [] };
  one.say('initiate');
  for (;;) {
    const line = await one.hear();
    if (line === 'done') return { have: told.have.sort(), need: told.need.sort(), messages: told.msg };
    const [word = '', hex = ''] = line.split(',');
    told[word as keyof typeof told].push(hex);
    if (word !== 'msg') continue;
    other.say(line);
    const answer = await other.hear();
    told.msg.push(answer.slice('msg,'.length));
    one.say(answer);
  }
}

function itemLine(i: number, timestamp: number): string {
  return `item,${timestamp},${idOf(i)}`;
}

function idOf(i: number): string {
  return createHash('sha256').update(`item ${i}`).digest('hex');
}

describe('the harness', () => {
  afterEach(() => Promise.all(started.splice(0).map((side) => side.end())));

  it('exchanges what small sets have, message by message', async () => {
    const [one, other] = [new Side(), new Side()];
    one.say(`item,12345,${EE}`, `item,12346,${AA}`, 'seal');
    other.say(`item,12345,${EE}`, 'seal');
    const { have, need, messages } = await reconcile(one, other);
    expect({ have, need }).toEqual({ have: [AA], need: [] });
    expect(messages).toEqual([`6100000202${EE}${AA}`, `6100000201${EE}`]);
    // another version is answered with the own one
    other.say('msg,62aabb');
    expect(await other.hear()).toBe('msg,61');
    expect(await Promise.all([one.end(), other.end()])).toEqual([0, 0]);
  });

  it.each<[string, Settings, Settings]>([
    ['without limits', {}, {}],
    ['of small frames', { FRAMESIZELIMIT: '4096' }, { FRAMESIZELIMIT: '5000' }],
    ['of the tuned policy', { POLICY: 'tuned' }, { POLICY: 'tuned', FRAMESIZELIMIT: '4096' }],
    ['of two policies', { POLICY: 'tuned', FRAMESIZELIMIT: '6000' }, { POLICY: 'reference' }],
  ])('two processes %s find every difference of large sets, each once', async (_, settings, others) => {
    const [one, other] = [new Side(settings), new Side(others)];
    const isHere = (i: number): boolean => i % 20 !== 3;
    const isThere = (i: number): boolean => i % 30 !== 4;
    const numbers = Array.from({ length: 6000 }, (_item, i) => i);
    const line = (i: number): string => itemLine(i, 1_763_600_000 + Math.floor(i / 40));
    one.say(...numbers.filter(isHere).map(line), 'seal');
    other.say(...numbers.filter(isThere).map(line), 'seal');
    const { have, need, messages } = await reconcile(one, other);
    expect(have).toEqual(
      numbers
        .filter((i) => isHere(i) && !isThere(i))
        .map(idOf)
        .sort(),
    );
    expect(need).toEqual(
      numbers
        .filter((i) => isThere(i) && !isHere(i))
        .map(idOf)
        .sort(),
    );
    messages.forEach((message, i) => {
      const limit = Number((i % 2 === 0 ? settings : others)['FRAMESIZELIMIT'] ?? Infinity);
      expect(message.length / 2).toBeLessThanOrEqual(limit);
    });
    expect(await Promise.all([one.end(), other.end()])).toEqual([0, 0]);
  });

  it('says what a public implementation says: 3000 items, frames of 4096 bytes', async () => {
    const [one, other] = [new Side({ FRAMESIZELIMIT: '4096' }), new Side({ FRAMESIZELIMIT: '4096' })];
    for (let i = 0; i < 3000; i++) {
      const line = itemLine(i, 1_763_600_000 + Math.floor(i / 3));
      if (i % 2 !== 1) one.say(line);
      if (i % 3 !== 2) other.say(line);
    }
    one.say('seal');
    other.say('seal');
    const { messages } = await reconcile(one, other);
    // recorded with the public C++ implementation on both sides
    expect(messages).toHaveLength(60);
    expect(createHash('sha256').update(messages.join('\n')).digest('hex')).toMatch(
      /^6a8f49d2f92c05f7e2e266943e2848bf/,
    );
  });

  it.each([
    ['an unknown word', ['nonsense']],
    ['a word of one more field', ['seal,1']],
    ['an item behind the seal', ['seal', `item,1,${EE}`]],
    ['an id that is too short', ['item,1,eeee']],
    ['a timestamp beyond 2^53 − 1', [`item,9007199254740992,${EE}`]],
    ['a message before the seal', ['msg,61']],
    ['a message that is no hex', ['seal', 'msg,6g']],
    ['a message that is none', ['seal', 'msg,']],
    ['a message that is cut', ['seal', 'msg,6100']],
    ['a second start', ['seal', 'initiate', 'initiate']],
  ])('ends with an error at %s', async (_, lines) => {
    const side = new Side();
    side.say(...lines);
    expect(await side.exit).not.toBe(0);
    expect(side.complaint).not.toBe('');
  });

  it.each([{ FRAMESIZELIMIT: '4095' }, { FRAMESIZELIMIT: 'many' }, { POLICY: 'other' }])(
    'ends with an error for the settings %j',
    async (settings) => {
      const side = new Side(settings);
      side.say('seal', 'initiate');
      expect(await side.exit).not.toBe(0);
    },
  );
});
