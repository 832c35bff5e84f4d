import { ServedChild } from '../harness/child-process.mjs';
import { row } from '../harness/report.mjs';

const PROGRAM = new URL('./copies-process.mjs', import.meta.url);
const BYTES = 240;

/** The heap of a copy for an outage, without its key and its value. */
export async function measureCopies({ host, port }, sizes) {
  const rows = [];
  for (const entries of sizes) {
    const child = new ServedChild(PROGRAM, 'copies', ['--expose-gc']);
    try {
      const beyond = await child.call('measure', { redis: { host, port }, entries, bytes: BYTES });
      const name = `copy for an outage, ${entries.toLocaleString('en')} of ${BYTES} B: heap beyond value and key`;
      rows.push(row({ name, value: beyond, unit: 'bytes' }));
    } finally {
      child.stop();
    }
  }
  return rows;
}
