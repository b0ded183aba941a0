/**
 * A load generator in a process of its own: `load.ts <url of the route> <connections> <seconds> <requests>`; ends at
 * whichever of the last two comes first. Prints one line of JSON, a LoadResult.
 */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';

export interface LoadResult {
  /** answered with 200 */
  readonly requests: number;
  readonly errors: number;
  readonly seconds: number;
  /** of an answer, ms */
  readonly median: number;
  readonly p99: number;
}

export const BODY_BYTES = 1024;

const [url = '', connections = '64', seconds = '5', requests = '1000000'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const run = randomBytes(8).toString('hex');
const latencies: number[] = [];
let begun = 0;
let errors = 0;

/** 1 kB of JSON such as webhooks have, no two alike, over all runs. */
function body(number: number): string {
  const head = `{"id":"${run}-${number}","type":"order.paid","created":${1_700_000_000 + number},"live":true`;
  const data = `,"data":{"customer":{"name":"Ada","tags":["new","eu"]},"amount":{"value":129.5,"currency":"EUR"}}`;
  const rest = `${head}${data},"note":"`;
  return `${rest}${'x'.repeat(BODY_BYTES - rest.length - 2)}"}`;
}

function post(text: string): Promise<number> {
  const headers = { 'content-type': 'application/json', 'content-length': String(text.length) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(text);
  });
}

async function connection(end: number): Promise<void> {
  while (performance.now() < end && begun < Number(requests)) {
    const start = performance.now();
    const status = await post(body((begun += 1))).catch(() => 0);
    if (status === 200) latencies.push(performance.now() - start);
    else errors += 1;
  }
}

async function main(): Promise<void> {
  const start = performance.now();
  const end = start + Number(seconds) * 1000;
  await Promise.all(Array.from({ length: Number(connections) }, () => connection(end)));
  const elapsed = (performance.now() - start) / 1000;
  latencies.sort((one, two) => one - two);
  const at = (share: number): number => latencies[Math.floor(share * (latencies.length - 1))] ?? NaN;
  const result: LoadResult = {
    requests: latencies.length,
    errors,
    seconds: elapsed,
    median: at(0.5),
    p99: at(0.99),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  agent.destroy();
}

if (require.main === module) void main();
