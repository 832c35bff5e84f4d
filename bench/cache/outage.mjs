import { atMost, exactly, row } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';
import { goThrough, OUTAGES } from '../resilience/go-through.mjs';

const PROGRAM = new URL('./outage-process.mjs', import.meta.url);

/** What callers see whose values were in the memory of the process when Redis was killed; the source is down too. */
export async function measureCopiesInOutage(runs) {
  const [killed] = OUTAGES;
  const results = [];
  for (let run = 0; run < runs; run++) results.push(await goThrough(killed, PROGRAM));
  const name = `${killed.title}, a copy is held`;
  return [
    row({ name: `${name}: p99`, value: median(results.map(({ p99Ms }) => p99Ms)), unit: 'ms', bar: atMost(1) }),
    row({
      name: `${name}: calls that failed`,
      value: Math.max(...results.map(({ calls, errors }) => errors / calls)),
      unit: 'share',
      bar: exactly(0),
    }),
  ];
}
