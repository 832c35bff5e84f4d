import { describe, expect, it } from 'vitest';
import { headingsOf, sectionOf } from '../libs/redis/test/docs/markdown.js';
import { read } from '../libs/redis/test/docs/workspace.js';
import { alertRules } from './monitoring/alerts.file.js';
import { readDashboard, rowsOf } from './monitoring/dashboard.file.js';
import { seriesOf, unknownIn } from './monitoring/promql.js';
import { SERIES } from './monitoring/series.js';

const UNITS = ['bool_yes_no', 'bytes', 'ops', 'percentunit', 'reqps', 's', 'short'];
const COLUMNS = 24;
const PARTS = ['What it means', 'What to look at', 'What to do'];

const dashboard = await readDashboard();
const panels = rowsOf(dashboard).flatMap(({ title: row, panels: inRow }) => inRow.map((panel) => ({ row, ...panel })));
const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const alerts = alertRules();
const named = alerts.map((alert) => [alert.name, alert] as const);
const runbook = read('docs/guides/runbook.md');

describe('the Grafana dashboard', () => {
  it('has a row for each part of the library', () => {
    expect(rowsOf(dashboard).map(({ title }) => title)).toEqual([
      'Overview',
      'Cache',
      'Redis client',
      'Fallback',
      'Shards',
      'Rate limits',
      'Cleanup',
    ]);
  });

  it('has variables for the data source, the job, the instance and the cache', () => {
    const variables = dashboard.templating.list.map(({ name, type }) => [name, type]);
    expect(variables).toEqual([
      ['datasource', 'datasource'],
      ['job', 'query'],
      ['instance', 'query'],
      ['cache', 'query'],
    ]);
    expect(dashboard.templating.list.flatMap(({ definition }) => unknownIn(definition ?? ''))).toEqual([]);
  });

  it.each(panels)('explains the panel "$title" of the row $row, and has a unit and a query for it', (panel) => {
    expect(panel.title).toMatch(/^[A-Z].{3,}$/);
    expect(panel.description).toMatch(/^[A-Za-z0-9].{10,}\.$/);
    expect(UNITS).toContain(panel.fieldConfig?.defaults.unit);
    expect(panel.targets?.length).toBeGreaterThan(0);
  });

  it('has no two panels with one title', () => {
    const titles = rowsOf(dashboard).flatMap(({ title, panels: inRow }) =>
      inRow.map((panel) => `${title}: ${panel.title}`),
    );
    expect(titles).toEqual([...new Set(titles)]);
  });

  it('places no panel on another one, or beyond the last column', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)}:${y + Math.floor(i / w)}`),
    );
    expect(cells).toHaveLength(new Set(cells).size);
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(COLUMNS);
  });

  it.each(queries)('reads series and labels that exist: %s', (query) => {
    expect(seriesOf(query)).not.toEqual([]);
    expect(unknownIn(query)).toEqual([]);
  });

  it('shows every series of the package', () => {
    expect([...new Set(queries.flatMap(seriesOf))].sort()).toEqual(Object.keys(SERIES).sort());
  });
});

describe('the alert rules', () => {
  it.each(named)('%s has a severity and texts, and leads to its entry in the runbook', (_, alert) => {
    expect(alert.severity).toMatch(/^(?:critical|warning|info)$/);
    expect(alert.summary).toMatch(/\{\{ \$labels\.job \}\}.+\.$/);
    expect(alert.description).toMatch(/\{\{ \$labels\.\w+ \}\}.+\.'?$/);
    expect(alert.runbook).toBe(`/guides/runbook#${alert.name.toLowerCase()}`);
  });

  it.each(named)('%s reads series and labels that exist', (_, { expression }) => {
    expect(seriesOf(expression)).not.toEqual([]);
    expect(unknownIn(expression)).toEqual([]);
  });
});

describe('a query of the dashboard or of an alert', () => {
  it.each([
    ['rate(redis_cache_reads_total[5m])', ['redis_cache_reads_total']],
    ['sum by (policy) (redis_adapter_up)', ['policy']],
    ['redis_adapter_up{cache="a"}', ['cache']],
    ['redis_cleanup_runs_total{outcome="ok"} and on (exported_job) redis_cleanup_runs_total', []],
  ])('is refused for a series or a label that does not exist: %s', (query, unknown) => {
    expect(unknownIn(query)).toEqual(unknown);
  });
});

describe('the runbook', () => {
  it('has an entry for each alert, in their order', () => {
    expect(headingsOf(sectionOf(runbook, 'Alerts') ?? '', 3)).toEqual(alerts.map(({ name }) => name));
  });

  it.each(named)('states what %s means, what to look at and what to do', (name, { severity }) => {
    const entry = sectionOf(runbook, name) ?? '';
    const parts = PARTS.map((part) => new RegExp(`^\\*\\*${part}\\.\\*\\* \\S.{20,}`, 'm').test(entry));
    expect(parts).toEqual([true, true, true]);
    expect(entry).toMatch(new RegExp(`^Severity: ${severity}\\.`, 'm'));
  });
});
