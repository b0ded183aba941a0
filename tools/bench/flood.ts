/**
 * More requests than a node can take, in a process of its own: `flood.ts <a Flood as JSON>` prints one line of JSON, a
 * FloodResult. Requests are due at a steady rate, whether or not the node keeps up; one that finds no free connection
 * waits for one.
 */
import { randomBytes } from 'node:crypto';
import { type Template, templates } from './bodies';
import { LoadClient, type Source } from './load-client';

export interface Flood {
  readonly url: string;
  readonly connections: number;
  readonly perSecond: number;
  readonly seconds: number;
}

export interface FloodResult {
  readonly sent: number;
  /** answers by status; 0: a connection that ended without one */
  readonly statuses: Readonly<Record<string, number>>;
  /** due, and never sent: no connection was free */
  readonly unsent: number;
  /** ms */
  readonly medianOf200: number;
  readonly p99Of200: number;
  readonly p99Of503: number;
}

const TICK_MS = 5;

async function main({ url, connections, perSecond, seconds }: Flood): Promise<FloodResult> {
  const shapes = templates('1k', randomBytes(8).toString('hex'));
  const statuses: Record<string, number> = {};
  const latencies: Record<string, number[]> = { 200: [], 503: [] };
  const free: ((template: Template | undefined) => void)[] = [];
  let due = 0;
  let sent = 0;
  let isOver = false;
  const take = (): Template => {
    due -= 1;
    sent += 1;
    const shape = shapes[sent % shapes.length] as Template;
    shape.number(sent);
    return shape;
  };
  const source: Source = {
    next() {
      if (isOver) return undefined;
      return due >= 1 ? take() : new Promise((resolve) => free.push(resolve));
    },
    answered(status, milliseconds) {
      statuses[status] = (statuses[status] ?? 0) + 1;
      latencies[status]?.push(milliseconds);
    },
  };
  const start = performance.now();
  let planned = 0;
  const timer = setInterval(() => {
    const elapsed = (performance.now() - start) / 1000;
    due += elapsed * perSecond - planned;
    planned = elapsed * perSecond;
    while (due >= 1 && free.length > 0) free.shift()?.(take());
    if (elapsed < seconds) return;
    isOver = true;
    for (const end of free.splice(0)) end(undefined);
  }, TICK_MS);
  await Promise.all(Array.from({ length: connections }, () => new LoadClient(new URL(url), source).run()));
  clearInterval(timer);
  const at = (status: number, share: number): number => {
    const sorted = Float64Array.from(latencies[status] ?? []).sort();
    return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  };
  return {
    sent,
    statuses,
    unsent: Math.round(due),
    medianOf200: at(200, 0.5),
    p99Of200: at(200, 0.99),
    p99Of503: at(503, 0.99),
  };
}

if (require.main === module) {
  void main(JSON.parse(process.argv[2] ?? '') as Flood).then((result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`);
  });
}
