import { parseArgs } from 'node:util';
import { Cluster } from '../cluster/cluster';
import { membersOf, untilCaughtUp, untilFollowed } from '../cluster/members';
import { print, wholeNumber } from '../cluster/program';
import { table } from '../proof/report';
import { type Flood, type FloodResult } from './flood';
import { load, machine, memoryOf, runProgram, timed } from './measure';

const CAPACITY = { connections: 64, seconds: 3 };
const RECOVERY = { connections: 64, seconds: 2 };
const LOOK_MS = 500;
const CATCH_UP_MS = 60_000;
/** A node that keeps growing is larger in the second half; one whose heap only breathes is not, by more than this. */
const HALVES = 2;

/** What becomes of a node, of its follower and of its clients when more is sent than it can take? */
export async function overload(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '60' },
      times: { type: 'string', default: '4' },
      connections: { type: 'string', default: '3000' },
      json: { type: 'boolean', default: false },
    },
  });
  const seconds = wholeNumber('seconds', values.seconds);
  const times = wholeNumber('times', values.times);
  const connections = wholeNumber('connections', values.connections);
  const settings = { LOG_LEVEL: 'warn', NODE_ENV: 'production', SYNC_INTERVAL_SECONDS: '0' };
  const cluster = await Cluster.start({ slaves: 1, settings });
  try {
    const figures = await measure(cluster, { seconds, times, connections });
    if (values.json) print(JSON.stringify({ machine: machine(), seconds, times, connections, ...figures }));
    else {
      const head = `${times} × capacity for ${seconds} s over ${connections} connections, one master and one slave, bodies of about 1 kB`;
      print(`${head}\n${machine()}\n${table(Object.entries(figures))}`);
    }
  } finally {
    await cluster.remove();
  }
  return 0;
}

interface Plan {
  readonly seconds: number;
  readonly times: number;
  readonly connections: number;
}

async function measure(
  cluster: Cluster,
  { seconds, times, connections }: Plan,
): Promise<Record<string, number | string>> {
  const { http, master } = cluster;
  await untilFollowed(http, master.url, 1);
  const warmUp = await load(master.url, CAPACITY);
  const calm = await load(master.url, CAPACITY);
  const capacity = calm.requests / calm.seconds;
  const before = await sequenceOf(cluster);
  const flood: Flood = {
    url: `${master.url}/webhook`,
    connections,
    perSecond: Math.round(times * capacity),
    seconds,
  };
  const watch = watchNode(cluster);
  const result = await runProgram<FloodResult>('flood.ts', flood);
  const { memory, lags, slowestAnswerMs } = await watch.end();
  const after = await load(master.url, RECOVERY);
  const end = await sequenceOf(cluster);
  const stored = end - before - after.requests;
  const caughtUp = await timed(() => untilCaughtUp(http, master.url, end, CATCH_UP_MS));
  const { 200: answered = 0, 503: refused = 0, ...others } = result.statuses;
  const half = Math.floor(memory.length / HALVES);
  return {
    'warm-up, requests/s': Math.round(warmUp.requests / warmUp.seconds),
    'capacity, requests/s': Math.round(capacity),
    'sent, requests/s': Math.round(result.sent / seconds),
    'due, and no connection was free': result.unsent,
    'answered 200, requests/s': Math.round(answered / seconds),
    'answered 200': answered,
    'stored meanwhile': stored,
    'refused 503': refused,
    'any other status, or none': JSON.stringify(others),
    '200: median / p99, ms': `${result.medianOf200.toFixed(0)} / ${result.p99Of200.toFixed(0)}`,
    '503: p99, ms': result.p99Of503.toFixed(0),
    'slowest /secondaries meanwhile, ms': Math.round(slowestAnswerMs),
    'memory at most, first half, MiB': Math.max(...memory.slice(0, half)),
    'memory at most, second half, MiB': Math.max(...memory.slice(half)),
    'slave behind at most, entries': Math.max(...lags),
    'slave had all after, ms': Math.round(caughtUp),
    '2 s after: rate ÷ capacity': (after.requests / after.seconds / capacity).toFixed(2),
    '2 s after: refused': after.errors,
    restarts: master.running ? 0 : 1,
  };
}

function watchNode({ http, master }: Cluster) {
  const memory: number[] = [];
  const lags: number[] = [0];
  let slowestAnswerMs = 0;
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver) {
      memory.push(memoryOf(master.pid ?? 0).rssMib);
      const begin = performance.now();
      const [members, state] = await Promise.all([
        membersOf(http, master.url),
        http.json<{ sequence: number }>(`${master.url}/healthcheck`),
      ]);
      slowestAnswerMs = Math.max(slowestAnswerMs, performance.now() - begin);
      lags.push(state.sequence - (members[0]?.sequence ?? 0));
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  const looking = look();
  return {
    end: async () => {
      isOver = true;
      await looking;
      return { memory, lags, slowestAnswerMs };
    },
  };
}

async function sequenceOf({ http, master }: Cluster): Promise<number> {
  return (await http.json<{ sequence: number }>(`${master.url}/healthcheck`)).sequence;
}
