import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { promisify } from 'node:util';
import { RequestSigner } from '@hooklog/http-peer';
import { SettingsError, settingsMarkdown } from '@hooklog/service';
import { runCommand } from './command';
import { settingsTable } from './settings';
import type { RunningNode } from './start';
import { Authority, type Certificate } from './testing/certificates';
import {
  eventually,
  memoryStore,
  quiet,
  settingsOf,
  startMemoryMaster,
  startMemorySlave,
  untilVoting,
} from './testing/memory-cluster';

jest.setTimeout(30_000);

const CLUSTER_SECRET = 'secret-of-the-cluster';
const HEALTHCHECK = join(__dirname, '../../../deploy/healthcheck.mjs');
const dir = mkdtempSync(join(tmpdir(), 'hooklog-tls-'));
const file = (name: string, content: Buffer | string): string => {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
};

let [authority, stranger] = [] as unknown as [Authority, Authority];
let [server, foreign] = [] as unknown as [Certificate, Certificate];
let files: Readonly<Record<'ca' | 'cert' | 'key' | 'otherCa' | 'otherCert' | 'otherKey' | 'garbage', string>>;
beforeAll(async () => {
  [authority, stranger] = await Promise.all([Authority.create('ours'), Authority.create('another')]);
  [server, foreign] = await Promise.all([authority.issue('node'), stranger.issue('node')]);
  files = {
    ca: file('ca.pem', authority.cert),
    cert: file('cert.pem', server.cert),
    key: file('key.pem', server.key),
    otherCa: file('other-ca.pem', stranger.cert),
    otherCert: file('other-cert.pem', foreign.cert),
    otherKey: file('other-key.pem', foreign.key),
    garbage: file('garbage.pem', 'hunter2 is no certificate'),
  };
});
afterAll(() => rmSync(dir, { recursive: true }));

const nodes: RunningNode[] = [];
afterEach(async () => {
  for (const { stop } of nodes.splice(0).reverse()) await stop.run(0, quiet);
});
const started = async (node: Promise<RunningNode>): Promise<RunningNode> => {
  nodes.push(await node);
  return node;
};

type Env = Readonly<Record<string, string>>;
const tls = (): Env => ({ CLUSTER_SECRET, TLS_CERT: files.cert, TLS_KEY: files.key, PEER_CA: files.ca });
const mutual = (): Env => ({ ...tls(), TLS_CLIENT_CA: files.ca });
const master = (env: Env = tls()) => started(startMemoryMaster(env));
const slaveOf = ({ port }: RunningNode, env: Env = tls()) =>
  started(startMemorySlave({ MASTER_URL: `https://127.0.0.1:${port}`, ...env }));

/** A node that no master has been told of. */
const alone = (env: Env = tls()) => started(startMemorySlave({ ...env, MASTER_URL: 'https://127.0.0.1:9' }));

/** Why a master that is told of this node does not reach it. */
async function failureOf(
  { replication }: RunningNode,
  { log, port }: RunningNode,
): Promise<string | undefined> {
  await replication.register({ node: 'slave-1', store: log.store, url: `https://127.0.0.1:${port}` });
  const failure = () => replication.secondaries()[0]?.lastError ?? undefined;
  await eventually(() => failure() !== undefined);
  return failure();
}

/** Status and code of the answer to a signed request, with this certificate. */
async function askAsNode(
  { port }: RunningNode,
  shown: ConnectionOptions,
): Promise<readonly [number, string]> {
  const path = `/peer/v1/pending?store=${'0'.repeat(16)}`;
  const headers = { authorization: new RequestSigner(CLUSTER_SECRET, Date.now).sign('GET', path, undefined) };
  const sent = get({ port, host: '127.0.0.1', path, headers, ca: authority.cert, agent: false, ...shown });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return [response.statusCode ?? 0, ((await json(response)) as { code: string }).code];
}

/** Status of a webhook that a sender without any certificate posts. */
async function postWebhook({ port }: RunningNode): Promise<number | undefined> {
  const sent = httpsRequest({
    port,
    host: '127.0.0.1',
    path: '/webhook',
    method: 'POST',
    ca: authority.cert,
    agent: false,
  });
  sent.end('{"a":1}');
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

/** As Docker would ask a node with a certificate. */
async function healthOf(port: number): Promise<{ readonly code: number; readonly output: string }> {
  const env = { PORT: String(port), TLS_CERT: files.cert };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [HEALTHCHECK], { env });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout } = error as { readonly code: number; readonly stdout: string };
    return { code, output: stdout };
  }
}

describe('nodes with certificates', () => {
  it('replicate over TLS, and take webhooks', async () => {
    const one = await master();
    const two = await slaveOf(one);
    await untilVoting(one, 1);
    expect(one.replication.secondaries()[0]?.url).toBe(`https://127.0.0.1:${two.port}`);
    expect(await postWebhook(two)).toBe(200);
    await eventually(
      () => one.log.tail.position.sequence === 1 && two.log.tail.chain.equals(one.log.tail.chain),
    );
    await one.replication.triggerSync({ settleMs: 0 });
    expect(one.replication.secondaries()[0]?.lastSync).toMatchObject({ ok: true });
  });

  it('do not call one whose authority they were not told of', async () => {
    const one = await master({ ...tls(), PEER_CA: files.otherCa });
    expect(await failureOf(one, await alone())).toBe('PEER_UNREACHABLE');
  });

  it('do not call one whose certificate is of another name', async () => {
    const elsewhere = await authority.issue('elsewhere', [{ type: 2, value: 'elsewhere.test' }]);
    const own = { TLS_CERT: file('else.pem', elsewhere.cert), TLS_KEY: file('else-key.pem', elsewhere.key) };
    expect(await failureOf(await master(), await alone({ ...tls(), ...own }))).toBe('PEER_UNREACHABLE');
  });

  it('are told what to do by the word of an operator', async () => {
    const one = await master();
    const settings = settingsOf('master', { ...tls(), PORT: String(one.port) });
    expect(await runCommand('promote', settings)).toMatchObject({ exitCode: 0 });
    const blind = settingsOf('master', { ...tls(), PEER_CA: files.otherCa, PORT: String(one.port) });
    expect(await runCommand('promote', blind)).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining('no answer'),
    });
  });

  it('are found well by the check of a container, and ill when they are gone', async () => {
    const { port, stop } = await master();
    expect(await healthOf(port)).toEqual({ code: 0, output: '' });
    await stop.run(0, quiet);
    expect(await healthOf(port)).toEqual({ code: 1, output: expect.stringContaining('does not answer') });
  });

  it('answer nothing to a client that speaks no TLS, and go on', async () => {
    const one = await master();
    const socket = connect(one.port, '127.0.0.1');
    socket.on('error', () => undefined);
    let heard = '';
    socket.on('data', (bytes) => (heard += bytes.toString('latin1')));
    socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'close');
    expect(heard).not.toContain('HTTP/1.1');
    expect(await postWebhook(one)).toBe(200);
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('do not speak %s', async (version) => {
    const one = await master();
    const ca = authority.cert;
    const socket = connectTls({
      port: one.port,
      host: '127.0.0.1',
      ca,
      minVersion: version,
      maxVersion: version,
    });
    const [error] = (await once(socket, 'error')) as unknown as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/SSL|TLS|ECONNRESET/);
  });

  it('end a handshake that never comes', async () => {
    const serverLimits = { headersTimeoutMs: 100 };
    const one = await started(
      startMemoryMaster(tls(), memoryStore('00000000000000aa'), Date.now, serverLimits),
    );
    const socket = connect(one.port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    await once(socket, 'close');
    expect(await postWebhook(one)).toBe(200);
  });
});

describe('nodes that know each other by certificates', () => {
  it('replicate', async () => {
    const one = await master(mutual());
    const two = await slaveOf(one, mutual());
    await untilVoting(one, 1);
    expect(await postWebhook(two)).toBe(200);
    await eventually(() => one.log.tail.position.sequence === 1);
  });

  it('refuse one that shows none, or one of another authority, though it has the secret', async () => {
    const one = await master(mutual());
    expect(await askAsNode(one, {})).toEqual([403, 'CERTIFICATE_MISSING']);
    expect(await askAsNode(one, foreign)).toEqual([403, 'CERTIFICATE_MISSING']);
    expect(await askAsNode(one, server)).toEqual([409, 'STORE_CHANGED']);
    const two = await master({ ...mutual(), PEER_CERT: files.otherCert, PEER_KEY: files.otherKey });
    expect(await failureOf(two, await alone(mutual()))).toBe('CERTIFICATE_MISSING');
  });

  it('ask no sender of webhooks for one', async () => {
    expect(await postWebhook(await master(mutual()))).toBe(200);
  });
});

describe('settings of certificates', () => {
  it.each([
    ['TLS_KEY', () => ({ TLS_CERT: files.cert })],
    ['TLS_CERT', () => ({ TLS_KEY: files.key })],
    ['TLS_CERT', () => ({ TLS_CERT: files.cert, TLS_KEY: files.otherKey })],
    ['TLS_CERT', () => ({ TLS_CERT: files.garbage, TLS_KEY: files.key })],
    ['TLS_CERT', () => ({ TLS_CERT: join(dir, 'not-there'), TLS_KEY: files.key })],
    ['TLS_CLIENT_CA', () => ({ TLS_CLIENT_CA: files.ca })],
    ['PEER_CA', () => ({ PEER_CA: files.garbage })],
    ['PEER_KEY', () => ({ PEER_CERT: files.cert })],
  ] as const)('%s is named when it cannot be used', async (name, env) => {
    const failure = await startMemoryMaster(env() as Env).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SettingsError);
    expect(failure).toMatchObject({ setting: name });
    expect((failure as Error).message).not.toContain('hunter2');
  });

  it('are in the table of all settings', () => {
    const table = settingsMarkdown(settingsTable({ node: 'x', port: 1, masterUrl: undefined }));
    for (const name of [
      'TLS_CERT',
      'TLS_KEY',
      'TLS_CLIENT_CA',
      'PEER_CA',
      'PEER_CERT',
      'PEER_KEY',
      'PEER_ALLOW',
    ])
      expect(table).toContain(`| \`${name}\` |`);
  });
});
