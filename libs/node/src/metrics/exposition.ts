import { type Metric, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import type { Family } from './family';

/**
 * The families for prom-client, which prints them. Its own counters and histograms are not used: they cost more at each
 * webhook than all that is counted here, and are read no more often.
 */
export function registryOf(families: readonly Family[]): Registry {
  const registry = new Registry();
  for (const family of families) {
    const get = (): Promise<MetricObjectWithValues<MetricValue<string>>> => read(family);
    registry.registerMetric({ ...family, get, reset: () => undefined } as unknown as Metric);
  }
  return registry;
}

async function read(family: Family): Promise<MetricObjectWithValues<MetricValue<string>>> {
  const { name, help, type } = family;
  const samples = await family.read();
  const values = samples.map(({ labels, value, suffix = '' }) => ({
    labels,
    value,
    metricName: name + suffix,
  }));
  return { name, help, type, values, aggregator: 'sum' } as unknown as MetricObjectWithValues<
    MetricValue<string>
  >;
}
