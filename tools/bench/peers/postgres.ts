/**
 * Express and a PostgreSQL table of raw bodies, 20 connections, synchronous_commit as it ships (on).
 * Settings: PORT, DATA_DIR, SERVER_PORT, POSTGRES (the folder of its programs).
 */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'pg';
import { eventually } from '../../cluster/deadline';
import { startServer, type ServerUser } from './database-server';
import { rawApp } from './raw-app';

const TABLE = 'create table webhooks (id text primary key, sequence bigserial, body bytea not null)';
const INSERT = {
  name: 'insert',
  text: 'insert into webhooks (id, body) values ($1, $2) on conflict do nothing',
};
const CONNECTIONS = 20;
const READY_MS = 30_000;

async function main(): Promise<void> {
  const folder = process.env['DATA_DIR'] ?? '';
  const port = Number(process.env['SERVER_PORT']);
  const programs = process.env['POSTGRES'] ?? '';
  mkdirSync(folder, { recursive: true });
  const user = ownUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const asUser = { cwd: folder, stdio: 'ignore', ...user } as const;
  const data = ['-D', join(folder, 'data')];
  execFileSync(join(programs, 'initdb'), [...data, '-A', 'trust', '-U', 'postgres'], asUser);
  const place = ['-p', String(port), '-h', '127.0.0.1', '-k', folder];
  await startServer(join(programs, 'postgres'), [...data, ...place], port, user);
  const server = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
  const pool = new Pool({ ...server, max: CONNECTIONS });
  // it listens before it is ready
  await eventually('PostgreSQL takes queries', READY_MS, async () => Boolean(await pool.query('select 1')));
  await pool.query(TABLE);
  rawApp(async (id, body) => (await pool.query({ ...INSERT, values: [id, body] })).rowCount === 1);
}

/** PostgreSQL refuses to run as root. */
function ownUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const numberOf = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: numberOf('-u'), gid: numberOf('-g') };
}

void main();
