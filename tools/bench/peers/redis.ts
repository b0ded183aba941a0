/**
 * Express and a Redis stream that is synced before each answer. A webhook is added once: its name is set in the same
 * script. Settings: PORT, DATA_DIR, SERVER_PORT; AUTO_PIPELINING: commands of one turn share a write, which ioredis does
 * not do unless told so.
 */
import { mkdirSync } from 'node:fs';
import Redis from 'ioredis';
import { startServer } from './database-server';
import { rawApp } from './raw-app';

const ADD_ONCE = `
if redis.call('SET', KEYS[1], '', 'NX', 'EX', 60) then
  redis.call('XADD', KEYS[2], '*', 'id', KEYS[1], 'body', ARGV[1])
  return 1
end
return 0`;

interface WithScript {
  addOnce(id: string, stream: string, body: Buffer): Promise<number>;
}

async function main(): Promise<void> {
  const folder = process.env['DATA_DIR'] ?? '';
  const port = process.env['SERVER_PORT'] ?? '';
  mkdirSync(folder, { recursive: true });
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const place = ['--dir', folder, '--port', port, '--bind', '127.0.0.1'];
  await startServer('redis-server', [...durable, ...place], Number(port));
  const enableAutoPipelining = process.env['AUTO_PIPELINING'] === 'true';
  const redis = new Redis({ port: Number(port), host: '127.0.0.1', enableAutoPipelining });
  redis.defineCommand('addOnce', { numberOfKeys: 2, lua: ADD_ONCE });
  const scripted = redis as unknown as WithScript;
  rawApp(async (id, body) => (await scripted.addOnce(id, 'webhooks', body)) === 1);
}

void main();
