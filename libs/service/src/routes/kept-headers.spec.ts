import { keptHeaders } from './kept-headers';

describe('keptHeaders', () => {
  it('keeps what names the webhook and its sender', () => {
    const headers = {
      'content-type': 'a/b',
      'user-agent': 'GitHub',
      'x-github-event': 'push',
      'webhook-id': 'm1',
      'x-hub-signature-256': 's',
    };
    expect(keptHeaders({ host: 'h', accept: '*/*', ...headers })).toEqual(Object.entries(headers));
  });

  it.each([
    'authorization',
    'cookie',
    'x-token',
    'x-gitlab-token',
    'x-api-key',
    'x-client-secret',
    'x-password',
    'webhook-secret',
    'x-authorization',
    'proxy-authorization',
  ])('never keeps %s', (name) => {
    expect(keptHeaders({ [name]: 'hunter2' })).toEqual([]);
  });

  it('keeps at most 64 of them, at most 8 KiB', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_none, n) => [`x-${n}`, 'v']));
    expect(keptHeaders(many)).toHaveLength(64);
    const large = Object.fromEntries(Array.from({ length: 10 }, (_none, n) => [`x-${n}`, 'v'.repeat(1020)]));
    expect(keptHeaders(large)).toHaveLength(8);
  });
});
