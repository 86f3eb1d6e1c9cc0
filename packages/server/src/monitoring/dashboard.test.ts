import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createMemoryStore, engineTables } from '@causeway/homeserver';
import { describe, expect, it } from 'vitest';
import { dataFolderAt } from '../data/data-folder.ts';
import { createMeasure } from './measure.ts';
import { createMetrics } from './metrics.ts';

const DASHBOARD = resolve(import.meta.dirname, '../../../../docs/operation/grafana-dashboard.json');

type Dashboard = {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
};

const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard;
const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

const render = async (): Promise<string> => {
  const metrics = createMetrics('1.2.3');
  const store = createMemoryStore([...engineTables]);
  metrics.measureWith(
    createMeasure(dataFolderAt(import.meta.dirname), store, () => undefined),
    () => 0,
  );
  // Labels are there once something was counted.
  metrics.observeRequest({ method: 'GET', api: 'client', status: 200, seconds: 1 });
  for (const origin of ['own', 'remote'] as const) metrics.meter.eventStored(origin, 'accepted');
  metrics.meter.transaction('out', 'ok');
  metrics.meter.keysFetched('ok');
  metrics.meter.eduDropped('typing');
  return metrics.render();
};

const NAME = /\b(?:causeway|nodejs|process)_[a-z0-9_]+/g;

describe('the example dashboard', () => {
  it('asks only for metrics that there are', async () => {
    const text = await render();
    const there = new Set([...text.matchAll(/^([a-z_0-9]+)[{ ]/gm)].map(([, name]) => name));
    const asked = new Set(expressions.flatMap((expr) => expr.match(NAME) ?? []));
    expect(asked.size).toBeGreaterThan(15);
    expect([...asked].filter((name) => !there.has(name))).toEqual([]);
  });

  it('asks only for labels that they have', async () => {
    const lines = (await render()).split('\n');
    for (const expr of expressions) {
      const [name = ''] = expr.match(NAME) ?? [];
      const line = lines.find((each) => each.startsWith(`${name}{`)) ?? '';
      const labels = [...expr.matchAll(/(\w+)!?=~?"/g), ...expr.matchAll(/by \((.*?)\)/g)]
        .flatMap(([, found = '']) => found.split(', '))
        // Prometheus adds it.
        .filter((label) => label !== 'instance');
      for (const label of labels) expect(line, expr).toContain(`${label}="`);
    }
  });

  it('shows every metric of ours', async () => {
    const ours = [...(await render()).matchAll(/^# TYPE (causeway_\w+)/gm)].map(([, name = '']) => name);
    expect(ours.length).toBeGreaterThan(15);
    expect(ours.filter((name) => !expressions.some((expr) => expr.includes(name)))).toEqual([]);
  });
});
