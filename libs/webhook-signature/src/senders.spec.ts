import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_ID, type Sender, SENDERS } from './testing/senders';
import type { Verdict } from './verdict';
import { createVerifier } from './verifier';

const SECONDS = 1_763_635_880;
const NOW = SECONDS * 1000 + 999;
const JSON_BODY = Buffer.from(`{"id":"${EVENT_ID}","amount":1.0}`);
const UNICODE_BODY = Buffer.from('{"text":"Grüße, 世界 🌍 \\ud83d"}\n');
const FORM_BODY = Buffer.from('token=xyz&command=%2Fhook&text=caf%C3%A9+a%26b&text=');

interface Delivery {
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

interface Case {
  readonly name: string;
  readonly send: (sender: Sender) => Promise<Delivery>;
  /** `ok 0`: accepted by the secret at 0; otherwise the reason of the refusal */
  readonly expected: (sender: Sender) => string;
}

const sent = async (sender: Sender, body = JSON_BODY, secret = 0, seconds = SECONDS): Promise<Delivery> => ({
  headers: await sender.sign(body, sender.secrets[secret]!, seconds),
  body,
});
const wrong = ({ coversBody }: Sender) => (coversBody ? 'WRONG_SIGNATURE' : 'WRONG_TOKEN');

const CASES: readonly Case[] = [
  { name: 'valid', send: (sender) => sent(sender), expected: () => 'ok 0' },
  {
    name: 'tampered body',
    send: async (sender) => ({
      ...(await sent(sender)),
      body: Buffer.from(`{"id":"${EVENT_ID}","amount":9.0}`),
    }),
    expected: (sender) => (sender.coversBody ? 'WRONG_SIGNATURE' : 'ok 0'),
  },
  { name: 'wrong secret', send: (sender) => sent(sender, JSON_BODY, 2), expected: wrong },
  {
    name: 'old timestamp',
    send: (sender) => sent(sender, JSON_BODY, 0, SECONDS - 301),
    expected: ({ timed }) => (timed ? 'TOO_OLD' : 'ok 0'),
  },
  {
    name: 'timestamp as old as it may be',
    send: (sender) => sent(sender, JSON_BODY, 0, SECONDS - 300),
    expected: () => 'ok 0',
  },
  { name: 'rotated secret', send: (sender) => sent(sender, JSON_BODY, 1), expected: () => 'ok 1' },
  {
    name: 'missing header',
    send: async (sender) => {
      const { headers, body } = await sent(sender);
      return { headers: without(headers, sender.header), body };
    },
    expected: () => 'MISSING_HEADER',
  },
  { name: 'unicode body', send: (sender) => sent(sender, UNICODE_BODY), expected: () => 'ok 0' },
  { name: 'form-encoded body', send: (sender) => sent(sender, FORM_BODY), expected: () => 'ok 0' },
];

beforeEach(() => {
  // for the oracle that has a clock of its own
  jest.spyOn(Date, 'now').mockReturnValue(NOW);
});
afterEach(() => jest.restoreAllMocks());

describe.each(SENDERS)('$name', (sender) => {
  const known = sender.secrets.slice(0, 2);
  const verify = createVerifier(sender.scheme, known);

  it.each(CASES)('$name: is judged as it should, and as the oracle does', async ({ send, expected }) => {
    const delivery = await send(sender);
    const verdict = verify(delivery, NOW);
    expect(brief(verdict)).toBe(expected(sender));
    for (const secret of sender.oracle ? known : []) {
      const alone = createVerifier(sender.scheme, [secret])(delivery, NOW);
      expect(alone.ok).toBe(await sender.oracle!(delivery, secret, NOW));
    }
  });

  it('says what the signature covers, and when it was made', async () => {
    const verdict = verify(await sent(sender), NOW);
    const { coversBody, timed } = sender;
    expect(verdict).toMatchObject({ ok: true, covers: { body: coversBody } });
    expect('signedAt' in verdict && verdict.signedAt).toBe(timed && SECONDS * 1000);
  });

  it('accepts a time ahead of the clock up to the tolerance', async () => {
    const at = async (seconds: number) => brief(verify(await sent(sender, JSON_BODY, 0, seconds), NOW));
    expect(await at(SECONDS + 300)).toBe('ok 0');
    expect(await at(SECONDS + 301)).toBe(sender.timed ? 'TOO_NEW' : 'ok 0');
  });

  it('refuses a signature header that came twice, however the server joined it', async () => {
    const { headers, body } = await sent(sender);
    const value = headers[sender.header]!;
    const twice = { ...headers, [sender.header]: [value, value] };
    expect(brief(verify({ headers: twice, body }, NOW))).toBe('DUPLICATE_HEADER');
    for (const joined of [`${value}, ${value}`, `${value},${value}`]) {
      expect(verify({ headers: { ...headers, [sender.header]: joined }, body }, NOW).ok).toBe(false);
    }
    const once = { ...headers, [sender.header]: [value] };
    expect(brief(verify({ headers: once, body }, NOW))).toBe('ok 0');
  });

  it('refuses an empty signature, with and without what stands before it', async () => {
    const { headers, body } = await sent(sender);
    const emptied = headers[sender.header]!.replace(/[^=, ]+=*$/, '');
    for (const empty of ['', ' ', emptied]) {
      expect(verify({ headers: { ...headers, [sender.header]: empty }, body }, NOW).ok).toBe(false);
    }
  });
});

it('the table of the README says the same of each sender and case', async () => {
  const head = ['Sender', 'Judge', ...CASES.map(({ name }) => name)];
  const rows = await Promise.all(
    SENDERS.map(async (sender) => {
      const verify = createVerifier(sender.scheme, sender.secrets.slice(0, 2));
      const verdicts = await Promise.all(CASES.map(async ({ send }) => verify(await send(sender), NOW)));
      const cells = verdicts.map((verdict) => (verdict.ok ? 'ok' : `\`${verdict.reason}\``));
      return [sender.name, sender.judge ?? '–', ...cells];
    }),
  );
  const readme = readFileSync(join(__dirname, '../README.md'), 'utf8').replace(/ {2,}/g, ' ');
  for (const cells of [head, ...rows]) expect(readme).toContain(`| ${cells.join(' | ')} |`);
});

function brief(verdict: Verdict): string {
  return verdict.ok ? `ok ${verdict.secret}` : verdict.reason;
}

function without(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
}
