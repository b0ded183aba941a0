import { readdir } from 'node:fs/promises';
import { counter, type Family, gauge } from './family';

/** Linux: the open files of this process. */
const OPEN_FILES = '/proc/self/fd';
const MICROSECONDS = 1e6;

/**
 * What dashboards expect of any process, under the names that all of them have. Not prom-client's own set: it watches
 * the event loop a second time, and never stops.
 */
export function processFamilies(): Family[] {
  return [
    counter('process_cpu_user_seconds_total', 'CPU time of the process in user mode', () =>
      secondsOf(process.cpuUsage().user),
    ),
    counter('process_cpu_system_seconds_total', 'CPU time of the process in the kernel', () =>
      secondsOf(process.cpuUsage().system),
    ),
    gauge(
      'process_start_time_seconds',
      'Unix time at which the process began',
      () => Math.round(performance.timeOrigin) / 1000,
    ),
    gauge('process_resident_memory_bytes', 'Memory of the process that is in RAM', () =>
      process.memoryUsage.rss(),
    ),
    gauge(
      'process_open_fds',
      'Files and connections that are open; only on Linux',
      async () => (await readdir(OPEN_FILES).catch(() => undefined))?.length,
    ),
    gauge('nodejs_heap_size_used_bytes', 'Bytes of the heap in use', () => process.memoryUsage().heapUsed),
    gauge(
      'nodejs_external_memory_bytes',
      'Bytes that objects of the heap hold outside of it: bodies, most of all',
      () => process.memoryUsage().external,
    ),
  ];
}

function secondsOf(microseconds: number): number {
  return microseconds / MICROSECONDS;
}
