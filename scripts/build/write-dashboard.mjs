import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { inRoot } from '../setup/paths.mjs';
import { dashboard } from './dashboard/dashboard.mjs';

/** Writes the Grafana dashboard of the package. Git ignores it. */
export function writeDashboard() {
  const file = inRoot('libs', 'redis', 'monitoring', 'grafana-dashboard.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(dashboard(), null, 2)}\n`);
}
