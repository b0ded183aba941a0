import { getEventListeners } from 'node:events';
import type { OrderedLog } from '@hooklog/ordered-log';
import { Cluster, untilEqual } from './testing/cluster';
import { startProxy } from './testing/cutting-proxy';
import { eventually } from './testing/eventually';
import { NO_SYNC, type Slave } from './testing/nodes';
import { get, openRequest, post } from './testing/raw-request';
import { take } from './testing/webhooks';

const NOW = Date.now() - 60_000;
const ALL = '{"slave_range_start":0,"slave_range_end":4294967295,"master_ids":[';

describe('what is bounded', () => {
  const cluster = new Cluster();
  afterEach(() => cluster.closeAll());

  it.each(['GET', 'POST'])(
    '%s: a reader that takes nothing makes the slave wait, then is cut',
    async (method) => {
      const calls = { count: 0 };
      const seen = (log: OrderedLog): OrderedLog =>
        counting(log, method === 'GET' ? 'pending' : 'find', calls);
      const slave = await cluster.slave('slave-1', {
        seen,
        limits: { streamSilenceMs: 200, pageEntriesMax: 10 },
      });
      for (let i = 0; i < 4; i += 1) await take(slave.log, `${i}${'x'.repeat(60_000)}`, 200, NOW + i);
      const path = method === 'GET' ? `/peer/v1/pending?store=${slave.log.store}` : '/master_sync';
      const { request, response } = openRequest(slave.site.url, path, {}, method);
      request.end(method === 'GET' ? undefined : `${ALL}]}`);
      const head = await response;
      head.on('error', () => undefined);
      await eventually(() => slave.logger.lines.length > 0 || openAnswers(slave) === 0, 'cut for silence');
      expect(calls.count).toBeLessThan(method === 'GET' ? 80 : 800);
      head.destroy();
    },
  );

  it('ended answers leave no listener at the stop signal, and no socket', async () => {
    const master = await cluster.master({ sync: { ...NO_SYNC, enabled: true, intervalMs: 5 } });
    const slave = await cluster.slave();
    await take(slave.log, 'a', 50, NOW);
    await master.join(slave);
    await untilEqual(master.log, slave.log);
    for (let i = 0; i < 12; i += 1) {
      await post(slave.site.url, '/master_sync', `${ALL}]}`);
      await post(slave.site.url, '/master_sync', 'garbage');
      const { request, response } = openRequest(
        slave.site.url,
        `/peer/v1/pending?store=${slave.log.store}`,
        {},
        'GET',
      );
      request.end();
      (await response).destroy();
    }
    await master.replication.stop();
    await eventually(() => openAnswers(slave) === 0, 'all answers have ended');
    await eventually(() => connections(slave).then((count) => count === 0), 'all sockets are closed');
  });

  it('a sender uses one connection for many requests', async () => {
    const master = await cluster.master({ collect: false });
    const slave = await cluster.slave();
    const proxy = cluster.keep(await startProxy(slave.site.url));
    await master.replication.register({ node: 'slave-1', store: slave.log.store, url: proxy.url });
    for (let i = 0; i < 50; i += 1) {
      await take(master.log, `a ${i}`, 1, NOW);
      await untilEqual(master.log, slave.log);
    }
    expect(slave.contacts).toBeGreaterThan(50);
    expect(proxy.connections()).toBe(1);
  });

  it('answers at once: more are refused with a code, and taken again when one has ended', async () => {
    const slave = await cluster.slave('slave-1', { limits: { answersMax: 1 } });
    const pending = `/peer/v1/pending?store=${slave.log.store}`;
    const stream = openRequest(slave.site.url, pending, {}, 'GET');
    stream.request.end();
    const list = openRequest(slave.site.url, '/master_sync');
    list.request.write(ALL);
    await stream.response;
    await eventually(() => openAnswers(slave) === 2, 'both are open');
    expect((await get(slave.site.url, pending)).json().code).toBe('OVERLOADED');
    expect((await post(slave.site.url, '/master_sync', `${ALL}]}`)).json().code).toBe('SYNC_RUNNING');
    list.request.destroy();
    await eventually(
      async () => (await post(slave.site.url, '/master_sync', `${ALL}]}`)).status === 200,
      'taken again',
    );
    stream.request.destroy();
  });

  it('a list that falls silent is refused, or its answer cut', async () => {
    const slave = await cluster.slave('slave-1', { limits: { streamSilenceMs: 50 } });
    const { request, response } = openRequest(slave.site.url, '/master_sync');
    request.write(ALL);
    expect((await response).statusCode).toBe(400);
    expect(openAnswers(slave)).toBe(0);
    request.destroy();
  });

  it('a list that is never finished is given up when the slave stops', async () => {
    const slave = await cluster.slave();
    const { request, response } = openRequest(slave.site.url, '/master_sync');
    request.write(ALL);
    await eventually(() => openAnswers(slave) === 1, 'open');
    slave.stop.abort();
    await eventually(() => openAnswers(slave) === 0, 'given up');
    expect((await response).statusCode).toBe(400);
    request.destroy();
  });
});

function openAnswers({ stop }: Slave): number {
  return getEventListeners(stop.signal, 'abort').length;
}

function connections({ site }: Slave): Promise<number> {
  return new Promise((resolve) => site.server.getConnections((_, count) => resolve(count)));
}

function counting(log: OrderedLog, method: 'pending' | 'find', calls: { count: number }): OrderedLog {
  return new Proxy(log, {
    get(target, name) {
      if (name === method) calls.count += 1;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
