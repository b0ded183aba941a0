import { setTimeout as sleep } from 'node:timers/promises';
import type { BodySize } from './bodies';
import type { Contestant } from './contestants';
import type { LoadResult } from './load';
import { load, routeOf } from './measure';
import { usageOf } from './usage';
import { loadWithWrk, wrkVersion } from './wrk';

/** Who makes the load: wrk, whose requests cost less, or load.ts. */
export type LoadGenerator = 'wrk' | 'own';

/** Asked of a generator. */
export interface Asked {
  readonly generator: LoadGenerator;
  readonly connections: number;
  readonly body: BodySize;
  readonly seconds: number;
}

/** In front of each window of our own generator, which has to be compiled first. */
const UNCOUNTED_SECONDS = 0.5;
/** A server that uses no more of a core than this has nothing left to do. */
const IDLE_SHARE = 0.1;
const IDLE_LOOK_SECONDS = 0.2;
/** Then it is taken as it is. */
const IDLE_LOOKS_MAX = 50;

/** @param text as it was asked for; undefined: wrk if it is installed */
export function readGenerator(text: string | undefined): LoadGenerator {
  const isHere = wrkVersion() !== undefined;
  if (text === undefined) return isHere ? 'wrk' : 'own';
  if (text !== 'wrk' && text !== 'own') throw new Error('--generator is wrk or own');
  if (text === 'wrk' && !isHere) throw new Error('wrk is not installed');
  return text;
}

/** For the report. */
export function loadTextOf(generator: LoadGenerator): string {
  return generator === 'own'
    ? 'load by load.ts'
    : `load by ${wrkVersion()}, and by load.ts where it is signed: their latencies are not the same`;
}

/** Resolves when the contestant has nothing left to do, so that nobody after it pays for that. */
export async function loadOn(contestant: Contestant, asked: Asked): Promise<LoadResult> {
  const result = await generate(contestant, asked);
  await untilIdle(contestant);
  return result;
}

/** Whoever is sent what is signed is sent it by our own. */
function generate({ url, query, sender, source }: Contestant, asked: Asked): Promise<LoadResult> {
  if (asked.generator === 'wrk' && sender === undefined)
    return loadWithWrk({ ...asked, url: routeOf(url, source, query) });
  return load(url, { ...asked, uncountedSeconds: UNCOUNTED_SECONDS, query, sender, source });
}

/** wrk leaves without its last answers, for which a server may still be at work. */
async function untilIdle({ pids }: Contestant): Promise<void> {
  for (let look = 0, before = -Infinity; look < IDLE_LOOKS_MAX; look++) {
    const { cpuSeconds } = usageOf(pids);
    if (cpuSeconds - before <= IDLE_SHARE * IDLE_LOOK_SECONDS) return;
    before = cpuSeconds;
    await sleep(IDLE_LOOK_SECONDS * 1000);
  }
}
