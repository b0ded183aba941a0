import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { MemoryLevel } from 'memory-level';
import { describeOrderedLog } from './conformance';
import { type Database, OrderedLog } from './index';

const ENCODING = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;
const open = OrderedLog.open.bind(OrderedLog);

const memories = new Map<string, Database>();

function memory(name: string): Database {
  const kept = memories.get(name) ?? new MemoryLevel<Buffer, Buffer>(ENCODING);
  memories.set(name, kept);
  return kept;
}

describeOrderedLog('memory-level', { database: memory, open });

const folder = mkdtempSync(join(tmpdir(), 'hooklog-ordered-log-'));

describeOrderedLog('classic-level', {
  database: (name) => new Level<Buffer, Buffer>(join(folder, name), ENCODING),
  open,
});

afterAll(() => rmSync(folder, { recursive: true }));
