import type { Dashboard, DashboardPanel } from '../../scripts/build/dashboard/dashboard.mjs';

const SOURCE = new URL('../../scripts/build/dashboard/dashboard.mjs', import.meta.url).href;

/** A row with its panels. */
export interface DashboardRow {
  readonly title: string;
  readonly panels: readonly DashboardPanel[];
}

/** The dashboard, as the build writes it. */
export async function readDashboard(): Promise<Dashboard> {
  const { dashboard } = (await import(SOURCE)) as { readonly dashboard: () => Dashboard };
  return dashboard();
}

/** The rows of a dashboard from top to bottom. */
export function rowsOf({ panels }: Dashboard): DashboardRow[] {
  const rows: { title: string; panels: DashboardPanel[] }[] = [];
  for (const panel of panels) {
    if (panel.type === 'row') rows.push({ title: panel.title, panels: [] });
    else rows.at(-1)?.panels.push(panel);
  }
  return rows;
}

/** A query as Grafana sends it, with all values of the variables. */
export function withVariables(query: string, interval: string): string {
  return query.replaceAll('$__rate_interval', interval).replaceAll(/\$(?:job|instance|cache)\b/g, '.*');
}
