import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RequestSigner } from '@hooklog/http-peer';
import { serviceToken } from '@hooklog/service';
import { bundleOf, requireBuiltApps } from '../cluster/build';
import { eventually } from '../cluster/deadline';
import { HttpClient } from '../cluster/http-client';
import { NodeProcess } from '../cluster/node-process';
import { freePort } from '../cluster/ports';

/** Secrets are put wherever one may come; then all that the processes print, and answer to strangers, is searched. */

const API_KEY = 'planted-Key"of\\clients+/?&=%';
const CLUSTER_SECRET = "planted-Secret'of`the<cluster>";
const TOKEN = serviceToken(CLUSTER_SECRET);
const PLANTED = [API_KEY, CLUSTER_SECRET, TOKEN];
const END_MS = 30_000;

const http = new HttpClient();
const printed: string[] = [];
/** what was answered to requests that showed no right token */
const answered: string[] = [];
let dir: string;
let master: NodeProcess;
let slave: NodeProcess;
let crashing: NodeProcess;

/** The secret in all the spellings that a program may print it in. */
function spellingsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const bytes = Buffer.from(secret);
  const coded = [encodeURIComponent(secret), bytes.toString('base64'), bytes.toString('hex')];
  return [secret, json, JSON.stringify(json).slice(1, -1), ...coded];
}

async function ask(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
  body?: string,
): Promise<void> {
  const answer = await http.ask(url, { method, headers, ...(body !== undefined && { body }) });
  if (answer.status !== 200) answered.push(JSON.stringify(answer.headers), answer.body.toString());
}

function say(port: number, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => answered.push(chunk.toString()));
    socket.on('error', () => undefined).on('close', () => resolve());
  });
}

beforeAll(async () => {
  requireBuiltApps();
  dir = mkdtempSync(join(tmpdir(), 'hooklog-'));
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const shared = { API_KEY, CLUSTER_SECRET, LOG_LEVEL: 'trace', DISK_FREE_MIN_MIB: '0' };
  const MASTER_URL = `http://127.0.0.1:${ports[0]}`;
  const crash = join(dir, 'crash.cjs');
  writeFileSync(
    crash,
    `setTimeout(() => {
       const { API_KEY, CLUSTER_SECRET } = process.env;
       throw Object.assign(new Error('found ' + API_KEY, { cause: new Error(CLUSTER_SECRET) }), {
         code: CLUSTER_SECRET, config: { headers: { authorization: 'Bearer ' + API_KEY } }, env: process.env });
     }, 1000);`,
  );
  const node = (role: 'master' | 'slave', name: string, port: number, more: object = {}): NodeProcess =>
    new NodeProcess(
      {
        ...{ role, name, port, dataDir: join(dir, name), settings: { ...shared, MASTER_URL } },
        ...{ onLine: (line: string) => void printed.push(line), ...more },
      },
      http,
    );
  master = node('master', 'master', ports[0]);
  slave = node('slave', 'slave-1', ports[1]);
  crashing = node('slave', 'slave-2', ports[2], { program: ['-r', crash, bundleOf('slave')] });
  await Promise.all([master.start(), slave.start()]);
}, 120_000);

afterAll(async () => {
  await Promise.all([master, slave, crashing].map((node) => node?.kill()));
  http.close();
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
});

it('no secret comes out of a process, wherever it was put in', async () => {
  const key = { 'x-token': API_KEY };
  await eventually('the slave counts', END_MS, async () => {
    const { secondaries } = await http.json<{ secondaries: { voting: boolean }[] }>(
      `${master.url}/secondaries`,
      {
        headers: key,
      },
    );
    return secondaries.some(({ voting }) => voting);
  });
  for (const secret of PLANTED) {
    const query = `?token=${encodeURIComponent(secret)}`;
    const headers = { cookie: `a=${secret}`, 'x-api-key': secret, 'proxy-authorization': `Basic ${secret}` };
    for (const path of ['/webhooks', '/log', '/metrics', '/peer/v1/pending', '/nothing', '/readyz'])
      await ask(`${master.url}${path}${query}`, headers);
    await ask(
      `${master.url}/webhook${query}`,
      { ...headers, 'x-token': secret },
      'POST',
      `{"of":${secret.length}}`,
    );
    await ask(`${slave.url}/webhook?wc=${encodeURIComponent(secret)}`, headers, 'POST', '{}');
    await ask(`${master.url}/messages`, { ...headers, authorization: `Digest ${secret}` }, 'PUT', '{');
    await say(
      master.options.port,
      `GET /livez HTTP/1.1\r\nx-token: ${secret}\r\nauthorization ${secret}\r\n\r\n`,
    );
  }
  // what is signed wrongly, and by a clock of yesterday
  for (const signer of [
    new RequestSigner('another-secret', Date.now),
    new RequestSigner(CLUSTER_SECRET, () => Date.now() - 86_400_000),
  ])
    await ask(
      `${master.url}/register`,
      { authorization: signer.sign('POST', '/register', undefined) },
      'POST',
      '',
    );

  // a node whose peers are gone, one that crashes with secrets in its hands, one that cannot start with them
  await slave.stop();
  await ask(`${master.url}/webhook?wc=2&wtimeout=50`, {}, 'POST', '{"waits":true}');
  crashing.spawn();
  expect(await crashing.exit).toBe(1);
  crashing.spawn({ PORT: String(master.options.port), API_KEY: CLUSTER_SECRET });
  expect(await crashing.exit).toBe(1);
  crashing.spawn({ PORT: CLUSTER_SECRET, MASTER_URL: `http://${TOKEN}:${TOKEN}@127.0.0.1` });
  expect(await crashing.exit).toBe(1);

  const metrics = await http.ask(`${master.url}/metrics`, { headers: key });
  const entries = await http.ask(`${master.url}/webhooks?limit=100`, { headers: key });
  expect([metrics.status, entries.status]).toEqual([200, 200]);
  expect(entries.body.toString()).toContain('"entries":[{');
  await master.stop();

  const output = [...printed, ...answered, metrics.body.toString(), entries.body.toString()].join('\n');
  expect(printed.some((line) => line.includes('uncaught exception') && line.includes('[secret]'))).toBe(true);
  expect(answered.length).toBeGreaterThan(40);
  for (const spelling of PLANTED.flatMap(spellingsOf)) expect(output.split(spelling)).toHaveLength(1);
}, 120_000);
