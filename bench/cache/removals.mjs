import { ServedChild } from '../harness/child-process.mjs';
import { atMost, row } from '../harness/report.mjs';
import { quantile } from '../harness/statistics.mjs';

const PROGRAM = new URL('./removal-process.mjs', import.meta.url);

/**
 * How long a process still uses its copy of a value after the write of another process is acknowledged; 0 if the copy is
 * removed before that.
 */
async function staleMs(reader, writer, key, round) {
  const value = `value ${round}`;
  await writer.call('write', { key, value });
  await reader.call('hold', { key });
  const removed = reader.call('removedMs', { key, value });
  const acknowledgedMs = await writer.call('write', { key, value: `after ${value}` });
  return Math.max(0, (await removed) - acknowledgedMs);
}

export async function measureRemovals(redis, { writes }) {
  const reader = new ServedChild(PROGRAM, 'reader');
  const writer = new ServedChild(PROGRAM, 'writer');
  try {
    const address = { host: redis.host, port: redis.port };
    await reader.call('open', { redis: address, near: true });
    await writer.call('open', { redis: address, near: false });
    const times = [];
    for (let round = 0; round < writes; round++) times.push(await staleMs(reader, writer, 'removal', round));
    const name = 'near copy removed after the write of another process';
    return [
      row({ name: `${name}: median`, value: quantile(times, 0.5), unit: 'ms' }),
      row({ name: `${name}: p99`, value: quantile(times, 0.99), unit: 'ms', bar: atMost(5) }),
    ];
  } finally {
    reader.stop();
    writer.stop();
  }
}
