import { ServedChild } from '../harness/child-process.mjs';
import { atMost, row } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';

const PROGRAM = new URL('./journal-process.mjs', import.meta.url);

/** One run in a new process, because the heap of an earlier one would be measured too. */
async function runOnce(entries) {
  const child = new ServedChild(PROGRAM, 'journal', ['--expose-gc']);
  try {
    return await child.call('measure', { entries });
  } finally {
    child.stop();
  }
}

/** The memory and the time of a journal of many keys, in memory and in a file. */
export async function measureJournal({ runs, entries }) {
  const results = [];
  for (let run = 0; run < runs; run++) results.push(await runOnce(entries));
  const medianOf = (figure) => median(results.map((result) => result[figure]));
  const count = entries.toLocaleString('en');
  return [
    row({ name: `journal: heap of a key beyond the key`, value: medianOf('bytes'), unit: 'bytes', bar: atMost(100) }),
    row({ name: `journal: ${count} keys added`, value: medianOf('addMs'), unit: 'ms' }),
    row({
      name: `journal: ${count} keys added, a flush of their namespace after each 10`,
      value: medianOf('flushMs'),
      unit: 'ms',
    }),
    row({ name: `journal: ${count} keys listed in order`, value: medianOf('listMs'), unit: 'ms' }),
    row({ name: `journal: ${count} keys acknowledged`, value: medianOf('settleMs'), unit: 'ms' }),
    row({ name: `journal in a file: ${count} keys added, 100 at a time`, value: medianOf('fileMs'), unit: 'ms' }),
    row({ name: `journal in a file: ${count} keys read at the start`, value: medianOf('openMs'), unit: 'ms' }),
  ];
}
