import { readFileSync } from 'node:fs';
import { ALERTS_FILE } from '../monitoring/alerts.file.js';
import { readDashboard, rowsOf, withVariables } from '../monitoring/dashboard.file.js';
import type { PrometheusProcess } from './prometheus.process.js';

/** The interval of a rate. Prometheus scrapes each second. */
const INTERVAL = '20s';

const rows = rowsOf(await readDashboard());

/** The alert rules of the package, which here fire after a second. */
export function rulesWithoutDelay(): string {
  return readFileSync(ALERTS_FILE, 'utf8').replaceAll(/^( +for:) \w+$/gm, '$1 1s');
}

/** The queries of rows of the dashboard that return no number, each after its panel. */
export async function emptyQueries(prometheus: PrometheusProcess, titles: readonly string[]): Promise<string[]> {
  const asked = rows.filter(({ title }) => titles.includes(title)).flatMap(({ panels }) => panels);
  if (asked.length === 0) throw new Error(`The dashboard has no row ${titles.join(', ')}.`);
  const empty: string[] = [];
  for (const { title, targets = [] } of asked) {
    for (const { expr } of targets) {
      const results = await prometheus.query(withVariables(expr, INTERVAL));
      if (!results.some(({ value }) => Number.isFinite(Number(value[1])))) empty.push(`${title}: ${expr}`);
    }
  }
  return empty;
}

/** The names of the alerts that fire, each once. */
export async function firingAlerts(prometheus: PrometheusProcess): Promise<string[]> {
  const firing = (await prometheus.alerts()).filter(({ state }) => state === 'firing');
  return [...new Set(firing.map(({ labels }) => labels.alertname ?? ''))];
}
