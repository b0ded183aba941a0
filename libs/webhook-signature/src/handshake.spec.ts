import { createMetaHandshake, slackHandshake } from './handshake';

const ASKED = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', 'hub.verify_token': 'meatyhamhock' };

describe('the handshake of Meta', () => {
  const handshake = createMetaHandshake(['new-token', 'meatyhamhock']);
  const answer = (query: object) => handshake(new URLSearchParams({ ...query }));

  it('is answered with the challenge to whoever knows a verify token', () => {
    expect(answer(ASKED)).toEqual({ ok: true, challenge: '1158201444' });
    expect(answer({ ...ASKED, 'hub.verify_token': 'new-token' })).toEqual({
      ok: true,
      challenge: '1158201444',
    });
  });

  it.each(['meatyhamhoc', 'meatyhamhockk', 'MEATYHAMHOCK', '', ' meatyhamhock'])(
    'is refused with %j',
    (token) => {
      expect(answer({ ...ASKED, 'hub.verify_token': token })).toMatchObject({
        ok: false,
        reason: 'WRONG_TOKEN',
      });
    },
  );

  it('is refused without a token, or with two', () => {
    const { 'hub.verify_token': token, ...without } = ASKED;
    expect(answer(without)).toMatchObject({ reason: 'WRONG_TOKEN' });
    const twice = new URLSearchParams([...Object.entries(ASKED), ['hub.verify_token', token]]);
    expect(handshake(twice)).toMatchObject({ reason: 'WRONG_TOKEN' });
  });

  it.each(['', 'a b', '\n', 'ü', 'a'.repeat(1025)])('does not send %j back', (challenge) => {
    expect(answer({ ...ASKED, 'hub.challenge': challenge })).toMatchObject({ reason: 'MALFORMED_CHALLENGE' });
  });

  it('is no other query', () => {
    expect(answer({})).toBeUndefined();
    expect(answer({ ...ASKED, 'hub.mode': 'unsubscribe' })).toBeUndefined();
  });

  it('needs a verify token', () => {
    expect(() => createMetaHandshake([])).toThrow(expect.objectContaining({ code: 'NO_SECRET' }));
    expect(() => createMetaHandshake([''])).toThrow(expect.objectContaining({ code: 'MALFORMED_SECRET' }));
  });
});

describe('the handshake of Slack', () => {
  const answer = (body: object | string) =>
    slackHandshake(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
  const CHALLENGE = '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P';

  it('is answered with the challenge', () => {
    const asked = { token: 'Jhj5dZrVaK7ZwHHjRyZWjbDl', challenge: CHALLENGE, type: 'url_verification' };
    expect(answer(asked)).toEqual({ ok: true, challenge: CHALLENGE });
  });

  it.each([undefined, 1, '', '<a b>', 'a'.repeat(1025)])('does not send %j back', (challenge) => {
    expect(answer({ type: 'url_verification', challenge })).toMatchObject({ reason: 'MALFORMED_CHALLENGE' });
  });

  it.each([
    '',
    'type=url_verification&challenge=a',
    '{"type":"event_callback","challenge":"a"}',
    '{"event":{"type":"url_verification"},"challenge":"a"}',
    '{"type":"url_verification","type":"event_callback","challenge":"a"}',
    '["url_verification"]',
    `{"type":"url_verification","challenge":"a"${' '.repeat(4096)}}`,
  ])('is not %j', (body) => {
    expect(answer(body)).toBeUndefined();
  });
});
