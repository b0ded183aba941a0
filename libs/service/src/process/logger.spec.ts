import { listeningLogger } from '../testing/served-node';

describe('a logger', () => {
  it('prints structured lines with a level and a time people can read', () => {
    const { logger, lines } = listeningLogger();
    logger.info({ port: 8080 }, 'listening');
    expect(lines[0]).toMatchObject({
      level: 'info',
      name: 'test',
      port: 8080,
      msg: 'listening',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('never prints a token, wherever it is', () => {
    const { logger, lines } = listeningLogger();
    const headers = {
      authorization: 'Bearer hunter2',
      'x-token': 'hunter2',
      cookie: 'a=hunter2',
      Authorization: 'hunter2',
    };
    logger.info(
      {
        headers,
        ...headers,
        request: { headers },
        settings: { API_KEY: 'hunter2', CLUSTER_SECRET: 'hunter2' },
      },
      'asked',
    );
    logger.info({ a: { request: { headers } } }, 'asked');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  it('never prints the request that a failed call carries', () => {
    const { logger, lines } = listeningLogger();
    const config = { headers: { authorization: 'Bearer hunter2' } };
    const error = Object.assign(new Error('refused', { cause: new Error('below') }), {
      code: 'ECONNREFUSED',
      config,
    });
    logger.error({ err: error }, 'failed');
    logger.error({ error }, 'failed');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines[0]).toMatchObject({
      err: { code: 'ECONNREFUSED', message: 'refused', cause: { message: 'below' } },
    });
  });

  it('keeps quiet below its level', () => {
    const { logger, lines } = listeningLogger('warn');
    logger.info('no');
    logger.warn('yes');
    expect(lines).toHaveLength(1);
  });
});
