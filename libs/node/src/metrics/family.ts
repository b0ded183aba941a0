import type { Counts, Histogram } from '@hooklog/service';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** of a histogram's parts */
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

/** All samples of one name, read when somebody asks. */
export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  read(): readonly Sample[] | Promise<readonly Sample[]>;
}

/** undefined: it is not known */
type Value = number | undefined;

export function gauge(name: string, help: string, value: () => Value | Promise<Value>): Family {
  return { name, type: 'gauge', help, labels: [], read: async () => sampleOf({}, await value()) };
}

/** A number of each thing that there is, by one label. */
export function gauges<Of>(
  name: string,
  help: string,
  label: string,
  things: () => Iterable<readonly [name: string, of: Of]>,
  value: (of: Of) => Value,
): Family {
  const read = (): Sample[] =>
    [...things()].flatMap(([thing, of]) => sampleOf({ [label]: thing }, value(of)));
  return { name, type: 'gauge', help, labels: [label], read };
}

/** What never falls while the process lasts. */
export function counter(name: string, help: string, value: () => number): Family {
  return { name, type: 'counter', help, labels: [], read: () => sampleOf({}, value()) };
}

export function counted(name: string, help: string, counts: Counts<readonly string[]>): Family {
  return { name, type: 'counter', help, labels: counts.labelNames, read: () => counts.read() };
}

export function spread(name: string, help: string, histogram: Histogram): Family {
  return { name, type: 'histogram', help, labels: [], read: () => partsOf(histogram, {}) };
}

/** Several histograms, by one label. */
export function spreads(
  name: string,
  help: string,
  label: string,
  histograms: Readonly<Record<string, Histogram>>,
): Family {
  const read = (): Sample[] =>
    Object.entries(histograms).flatMap(([value, histogram]) => partsOf(histogram, { [label]: value }));
  return { name, type: 'histogram', help, labels: [label], read };
}

function sampleOf(labels: Labels, value: Value): Sample[] {
  return value === undefined ? [] : [{ labels, value }];
}

function partsOf(histogram: Histogram, labels: Labels): Sample[] {
  const { buckets, count, sum } = histogram.read();
  const bounds = [
    ...buckets.map(([bound, value]) => [String(bound), value] as const),
    ['+Inf', count] as const,
  ];
  return [
    ...bounds.map(([le, value]) => ({ labels: { ...labels, le }, value, suffix: '_bucket' as const })),
    { labels, value: sum, suffix: '_sum' },
    { labels, value: count, suffix: '_count' },
  ];
}
