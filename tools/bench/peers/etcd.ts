/**
 * Express and three etcd members: a webhook is put once, if its key is new, and etcd answers when a majority has
 * synced it. Over etcd's JSON gateway. Settings: PORT, DATA_DIR, SERVER_PORTS (six, with commas between).
 */
import { mkdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { startServer } from './database-server';
import { rawApp } from './raw-app';

const MEMBERS = 3;
const agent = new Agent({ keepAlive: true });

async function main(): Promise<void> {
  const folder = process.env['DATA_DIR'] ?? '';
  const ports = (process.env['SERVER_PORTS'] ?? '').split(',').map(Number);
  const [clients, peers] = [ports.slice(0, MEMBERS), ports.slice(MEMBERS)];
  const urlOf = (port: number | undefined): string => `http://127.0.0.1:${port}`;
  mkdirSync(folder, { recursive: true });
  const cluster = peers.map((port, i) => `m${i}=${urlOf(port)}`).join(',');
  const started = clients.map((port, i) => {
    const client = ['--listen-client-urls', urlOf(port), '--advertise-client-urls', urlOf(port)];
    const own = urlOf(peers[i]);
    const peer = ['--listen-peer-urls', own, '--initial-advertise-peer-urls', own];
    const place = ['--name', `m${i}`, '--data-dir', join(folder, `m${i}`), '--initial-cluster', cluster];
    const quiet = ['--log-level', 'error', '--quota-backend-bytes', String(8 * 2 ** 30)];
    return startServer('etcd', [...place, ...client, ...peer, ...quiet], port);
  });
  await Promise.all(started);
  rawApp((id, body) => putOnce(clients[0] ?? 0, id, body));
}

/** Whether the key was new. */
async function putOnce(port: number, id: string, body: Buffer): Promise<boolean> {
  const key = Buffer.from(id).toString('base64');
  const isNew = { key, target: 'CREATE', create_revision: '0' };
  const put = { requestPut: { key, value: body.toString('base64') } };
  const answer = await ask(port, JSON.stringify({ compare: [isNew], success: [put] }));
  return (JSON.parse(answer) as { succeeded?: boolean }).succeeded === true;
}

function ask(port: number, json: string): Promise<string> {
  const headers = { 'content-length': Buffer.byteLength(json) };
  const options = { agent, port, host: '127.0.0.1', path: '/v3/kv/txn', method: 'POST', headers };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject).once('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`etcd answered ${response.statusCode}: ${text}`));
      });
    });
    sent.once('error', reject);
    sent.end(json);
  });
}

void main();
