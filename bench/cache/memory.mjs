import { ServedChild } from '../harness/child-process.mjs';
import { atMost, row } from '../harness/report.mjs';

const PROGRAM = new URL('./memory-process.mjs', import.meta.url);
const BYTES = 240;

/** The heap of one near copy, without its key and its value. */
export async function measureMemory(redis, { entries }) {
  const child = new ServedChild(PROGRAM, 'memory', ['--expose-gc']);
  try {
    const address = { host: redis.host, port: redis.port };
    const { copies, values } = await child.call('measure', { redis: address, entries, bytes: BYTES });
    return [
      row({ name: `near copy of ${BYTES} B, shared: heap`, value: copies, unit: 'bytes' }),
      row({
        name: `near copy of ${BYTES} B, shared: heap beyond value and key`,
        value: copies - values,
        unit: 'bytes',
        bar: atMost(200),
      }),
    ];
  } finally {
    child.stop();
  }
}
