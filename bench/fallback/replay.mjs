import { RedisServer } from '../../libs/redis/dist/esm/testing.js';
import { ensureRedisServer } from '../../scripts/ensure-redis-server.mjs';
import { ServedChild } from '../harness/child-process.mjs';
import { atMost, row } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';

const PROGRAM = new URL('./replay-process.mjs', import.meta.url);

async function runOnce(entries) {
  process.env.REDIS_SERVER_BIN = await ensureRedisServer();
  const server = await RedisServer.start();
  const application = new ServedChild(PROGRAM, 'replay');
  try {
    await application.call('open', { url: server.url, entries });
    await server.save();
    await server.kill();
    await application.call('remove');
    await server.restart();
    return await application.call('replayed');
  } finally {
    application.stop();
    await server.stop();
  }
}

/** The time in which the deletes of an outage are applied to the values of a server that is back. */
export async function measureReplay({ runs, entries }) {
  const results = [];
  for (let run = 0; run < runs; run++) results.push(await runOnce(entries));
  const name = `journal: ${entries.toLocaleString('en')} keys applied to Redis`;
  const medianOf = (figure) => median(results.map((result) => result[figure]));
  return [
    row({ name: `${name}: client CPU`, value: medianOf('cpuMs'), unit: 'ms' }),
    row({ name: `${name}: UNLINK of the same keys by ioredis`, value: medianOf('plainMs'), unit: 'ms' }),
    row({ name, value: medianOf('ms'), unit: 'ms', bar: atMost(500) }),
  ];
}
