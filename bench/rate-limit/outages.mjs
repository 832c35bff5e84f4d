import { atMost, exactly, row } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';
import { goThrough, OUTAGES } from '../resilience/go-through.mjs';

const PROGRAM = new URL('./outage-process.mjs', import.meta.url);

/** Rows per outage: for failures, the worst of all runs; for the time until Redis decides again, the median. */
export async function measureLimiterOutages(runs, log) {
  const rows = [];
  for (const outage of OUTAGES) {
    log(`measuring decisions while ${outage.title}`);
    const results = [];
    for (let run = 0; run < runs; run++) results.push(await goThrough(outage, PROGRAM));
    const all = (figure) => results.map((result) => result[figure]);
    const sum = (figure) => all(figure).reduce((total, each) => total + each, 0);
    const { title } = outage;
    const worst = (figure) => Math.max(0, ...all(figure));
    const never = { unit: 'calls', bar: exactly(0) };
    rows.push(
      row({ name: `${title}: decisions that were never made`, value: sum('unsettled') + sum('failed'), ...never }),
      row({
        name: `${title}: most a decision was past its deadline`,
        value: worst('mostOverdueMs'),
        unit: 'ms',
        bar: atMost(50),
      }),
      row({ name: `${title}: most the machine held an idle process up`, value: worst('stallMs'), unit: 'ms' }),
      row({ name: `${title}: Redis decides again after`, value: median(all('backMs')), unit: 'ms', bar: atMost(2000) }),
    );
  }
  return rows;
}
