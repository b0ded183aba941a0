import { inspect } from 'node:util';
import { createLogger } from './logger';
import { Secrets } from './redaction';

const SECRET = 'hunter2"\\/+?&=';
const { redact } = new Secrets([SECRET, undefined, '']);

describe('redaction', () => {
  it.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ a: SECRET })],
    ['in JSON within JSON', JSON.stringify(JSON.stringify({ a: SECRET }))],
    ['in a URL', `http://x/?key=${encodeURIComponent(SECRET)}`],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in hex', Buffer.from(SECRET).toString('hex')],
    ['twice', `${SECRET}${SECRET}`],
  ])('takes a secret out of a text: %s', (_where, text) => {
    const left = redact(text);
    expect(left).toContain('[secret]');
    expect(left).not.toContain('hunter2');
    expect(left).not.toContain(Buffer.from('hunter2').toString('hex'));
  });

  it('leaves other texts as they are, also without any secret', () => {
    expect(redact('hunter3')).toBe('hunter3');
    expect(new Secrets().redact('hunter2')).toBe('hunter2');
  });

  it('leaves nothing of a secret that has another one in it', () => {
    expect(new Secrets(['secret-of', 'secret-of-the-cluster']).redact('x secret-of-the-cluster y')).toBe(
      'x [secret] y',
    );
  });

  it('is in front of all that a logger prints', () => {
    const lines: string[] = [];
    const logger = createLogger(
      { level: 'trace', name: SECRET, secrets: new Secrets([SECRET]) },
      { write: (line) => void lines.push(line) },
    );
    const error = Object.assign(new Error(`failed with ${SECRET}`, { cause: new Error(SECRET) }), {
      code: SECRET,
    });
    logger.fatal(
      { err: error, [SECRET]: 1, deep: { a: [{ b: SECRET }] }, text: inspect({ SECRET }) },
      `of ${SECRET}`,
    );
    expect(lines.join()).toContain('[secret]');
    expect(lines.join()).not.toContain('hunter2');
    expect(() => JSON.parse(lines[0] ?? '') as unknown).not.toThrow();
  });
});
