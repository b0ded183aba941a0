import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import {
  BodyReader,
  DiskGuard,
  Measures,
  Overload,
  PROBLEMS,
  Readiness,
  REFUSING,
  Stop,
} from '@hooklog/service';
import { parse } from 'yaml';
import type { RunningNode } from '../start';
import { quiet, startMemoryMaster } from '../testing/memory-cluster';
import { WARNINGS } from '../warnings';
import type { Family } from './family';
import { familiesOf } from './metrics-route';

const ROOT = join(__dirname, '../../../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
  }[];
}

const RULES = (parse(read('deploy/alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
const PANELS = (JSON.parse(read('deploy/dashboard.json')) as { panels: Panel[] }).panels;
const TARGETS = PANELS.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

/** What Prometheus adds by itself. */
const FOREIGN = ['up'];
const FOREIGN_LABELS = ['instance', 'job'];

let node: RunningNode;
let families: Family[];
/** Labels by the name of a sample, as Prometheus stores it. */
let labelsOf: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  node = await startMemoryMaster();
  const { log, replication } = node;
  const stop = new Stop();
  const overload = Overload.start({ logger: quiet, stop: stop.signal });
  const disk = new DiskGuard({
    ...{ folder: '.', freeMinMib: 0, storeFailed: () => false, now: Date.now, logger: quiet },
  });
  const limits = { bodyBytesMax: 1, bodyBytesInFlightMax: 1, sourceShareMax: 1 };
  families = familiesOf({
    ...{ log, replication, overload, disk, levelFiles: undefined, now: Date.now, bodyBytesInFlightMax: 1 },
    measures: new Measures(),
    readiness: new Readiness({ log, disk, overload, stop }),
    bodies: new BodyReader(limits),
  });
  await stop.run(0, quiet);
  labelsOf = new Map(
    families.flatMap(({ name, type, labels }) =>
      type === 'histogram'
        ? [
            [`${name}_bucket`, [...labels, 'le']] as const,
            [`${name}_sum`, labels] as const,
            [`${name}_count`, labels] as const,
          ]
        : [[name, labels] as const],
    ),
  );
});
afterAll(() => node.stop.run(0, quiet));

interface Selected {
  readonly name: string;
  readonly labels: readonly string[];
}

/** The metrics that a PromQL expression reads, and the labels that it picks them by. @throws where it is no PromQL */
function selectedIn(expression: string): Selected[] {
  const selected: { name: string; labels: string[] }[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from, to, node: { parent } }) => {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expression}`);
      if (type.name === 'Identifier' && parent?.name === 'VectorSelector')
        selected.push({ name: text, labels: [] });
      if (type.name === 'LabelName' && parent?.name.endsWith('LabelMatcher'))
        selected.at(-1)!.labels.push(text);
    },
  });
  return selected;
}

function expectKnown(expression: string): void {
  const selected = selectedIn(expression);
  expect(selected).not.toEqual([]);
  for (const { name, labels } of selected) {
    if (FOREIGN.includes(name)) continue;
    const known = labelsOf.get(name);
    expect({ name, isKnown: known !== undefined }).toEqual({ name, isKnown: true });
    const strange = labels.filter((label) => !known!.includes(label) && !FOREIGN_LABELS.includes(label));
    expect({ name, strange }).toEqual({ name, strange: [] });
  }
}

describe('the metrics', () => {
  it('are documented, each with its type, its labels and its help', () => {
    const rows = [
      ...read('libs/node/METRICS.md').matchAll(/^\| `(\w+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|$/gm),
    ];
    const documented = rows.map(([, name, type, labels, help]) => ({ name, type, labels, help }));
    const own = families.map(({ name, type, labels, help }) => ({
      ...{ name, type, help },
      labels: labels.map((label) => `\`${label}\``).join(', '),
    }));
    expect(documented).toEqual(own);
  });

  it('are those that a node answers with', async () => {
    const response = await fetch(`http://127.0.0.1:${node.port}/metrics`);
    const types = [...(await response.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    expect(types.map(([, name, type]) => ({ name, type }))).toEqual(
      families.map(({ name, type }) => ({ name, type })),
    );
  });

  it('have names by the conventions of Prometheus', () => {
    for (const { name, type } of families) {
      expect(name).toMatch(/^(hooklog|process|nodejs)_[a-z_]+$/);
      expect({ name, isTotal: name.endsWith('_total') }).toEqual({ name, isTotal: type === 'counter' });
      expect(name).not.toMatch(/_(ms|milliseconds|microseconds|kib|mib|percent)(_|$)/);
    }
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
  });
});

describe('the alert rules', () => {
  it.each(RULES.map((rule) => [rule.alert, rule] as const))(
    '%s reads only metrics that exist',
    (_alert, rule) => {
      expectKnown(rule.expr);
    },
  );

  it('tell whoever is woken what is wrong and what to do, and whether it can wait', () => {
    expect(RULES.length).toBeGreaterThan(20);
    for (const { alert, labels, annotations } of RULES) {
      expect(alert).toMatch(/^Hooklog[A-Z]\w+$/);
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/^.{30,220}$/);
      expect(annotations.action).toMatch(/^.{20,260}$/);
    }
    expect(new Set(RULES.map(({ alert }) => alert)).size).toBe(RULES.length);
  });

  it('ask only for troubles and problems that there are', () => {
    const asked = RULES.flatMap(({ expr }) => [...expr.matchAll(/\bcode="(\w+)"/g)].map(([, code]) => code));
    expect(asked.length).toBeGreaterThan(3);
    const known: readonly string[] = [...REFUSING, ...WARNINGS, ...Object.keys(PROBLEMS)];
    expect(asked.filter((code) => !known.includes(code!))).toEqual([]);
  });

  it('name in their words only labels that are there, and metrics that exist', () => {
    for (const { alert, expr, annotations } of RULES) {
      const text = annotations.summary + annotations.action;
      for (const [, label = ''] of text.matchAll(/\$labels\.(\w+)/g)) {
        const given = selectedIn(expr).flatMap(({ name }) => labelsOf.get(name) ?? []);
        expect({ alert, label, isThere: [...given, ...FOREIGN_LABELS].includes(label) }).toEqual({
          ...{ alert, label, isThere: true },
        });
      }
      for (const [name] of text.matchAll(/\bhooklog_\w+/g)) {
        const isFamily = families.some((family) => family.name === name);
        expect({ alert, name, isFamily }).toEqual({ alert, name, isFamily: true });
      }
    }
  });
});

describe('the dashboard', () => {
  it.each(TARGETS.map((target) => [`${target.title} ${target.refId}`, target] as const))(
    '%s reads only metrics that exist',
    (_title, { expr }) => expectKnown(expr),
  );

  it('shows every metric of hooklog', () => {
    const shown = new Set(TARGETS.flatMap(({ expr }) => selectedIn(expr).map(({ name }) => name)));
    const unseen = families
      .filter(({ name, type }) => {
        const samples = type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
        return !samples.some((sample) => shown.has(sample));
      })
      .map(({ name }) => name);
    expect(unseen).toEqual([]);
  });

  it('has panels that Grafana can tell apart, each with a question or a heading', () => {
    expect(new Set(PANELS.map(({ id }) => id)).size).toBe(PANELS.length);
    for (const { type, title, targets = [] } of PANELS) {
      expect(title).not.toBe('');
      expect({ title, asks: targets.length > 0 }).toEqual({ title, asks: type !== 'row' });
    }
  });
});

it('an expression with a metric that does not exist, or that is none, is found', () => {
  expect(() => expectKnown('rate(hooklog_nothing_total[5m]) > 0')).toThrow();
  expect(() => expectKnown('sum by (code) (hooklog_ready{flavour="x"})')).toThrow();
  expect(() => expectKnown('hooklog_ready ==')).toThrow(/no PromQL/);
});
