import { createServer } from 'node:net';

/** Below the range that Linux gives to outgoing connections: a stopped node's port stays free for its restart. */
const PORT_FIRST = 20_000;
const PORTS = 12_000;
const ATTEMPTS_MAX = 200;

const given = new Set<number>();

/** A port of 127.0.0.1 on which nothing listens, different at each call of this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const port = PORT_FIRST + Math.floor(Math.random() * PORTS);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port among ${ATTEMPTS_MAX} tried`);
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
