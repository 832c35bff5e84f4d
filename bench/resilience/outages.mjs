import { atMost, exactly, row } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';
import { goThrough, OUTAGES } from './go-through.mjs';

const PROGRAM = new URL('./outage-process.mjs', import.meta.url);

/**
 * Rows per outage: medians of `runs` runs, each with new servers and a new application; for failures, the worst run.
 */
export async function measureOutages(runs, log) {
  const rows = [];
  for (const outage of OUTAGES) {
    log(`measuring what callers see while ${outage.title}`);
    const results = [];
    for (let run = 0; run < runs; run++) results.push(await goThrough(outage, PROGRAM));
    const all = (figure) => results.map((result) => result[figure]);
    const { title } = outage;
    rows.push(
      row({
        name: `${title}: calls that never settled`,
        value: Math.max(...all('unsettled')),
        unit: 'calls',
        bar: exactly(0),
      }),
      row({
        name: `${title}: most a call was past its deadline`,
        value: Math.max(0, ...all('mostOverdueMs')),
        unit: 'ms',
        bar: atMost(50),
      }),
      row({
        name: `${title}: a refusal, 99th percentile`,
        value: median(all('refusedP99Ms')),
        unit: 'ms',
        bar: atMost(1),
      }),
      row({ name: `${title}: back in service after`, value: median(all('backMs')), unit: 'ms', bar: atMost(2000) }),
    );
  }
  return rows;
}
