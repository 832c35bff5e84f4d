import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from '../../libs/redis/dist/esm/testing.js';
import { ensureRedisServer } from '../../scripts/ensure-redis-server.mjs';
import { ServedChild } from '../harness/child-process.mjs';
import { atMost, exactly, row } from '../harness/report.mjs';

const PROGRAM = new URL('./cleanup-process.mjs', import.meta.url);
const RUNNERS = 5;
const STEP = 10_000;
const POLL_MS = 100;
/** Every tenth key never expires. */
const FILL = `for i = ARGV[1], ARGV[2] - 1 do
  local key = 'app:key:' .. string.format('%.0f', i)
  if i % 10 == 0 then redis.call('SET', key, '{"a":1}') else redis.call('SET', key, '{"a":1}', 'EX', 86400) end
end`;

/** A call may take 30 s, and a cleanup more. */
async function clean(child) {
  await child.call('clean');
  for (;;) {
    const report = await child.call('report');
    if (report !== undefined) return report;
    await sleep(POLL_MS);
  }
}

/** Rows of a cleanup beside reads: how much slower the reads are, and how many of several processes clean. */
export async function measureCleanup({ keys, idleMs }) {
  process.env.REDIS_SERVER_BIN = await ensureRedisServer();
  const server = await RedisServer.start();
  const children = [];
  const open = async (name) => {
    const child = new ServedChild(PROGRAM, name);
    children.push(child);
    await child.call('open', { url: server.url });
    return child;
  };
  try {
    for (let from = 0; from < keys; from += STEP)
      await server.command('EVAL', FILL, '0', `${from}`, `${Math.min(keys, from + STEP)}`);
    const reader = await open('reader');
    const cleaners = [];
    for (let i = 0; i < RUNNERS; i++) cleaners.push(await open(`cleaner ${i}`));
    const during = async (work) => {
      await reader.call('begin', { keys });
      const result = await work();
      return { ...(await reader.call('end')), result };
    };
    await during(() => sleep(idleMs / 2));
    const before = await during(() => sleep(idleMs));
    const busy = await during(() => Promise.all(cleaners.map(clean)));
    const after = await during(() => sleep(idleMs));
    const idleP99Ms = (before.p99Ms + after.p99Ms) / 2;
    const runs = busy.result.filter(({ outcome }) => outcome === 'ok');
    return [
      row({
        name: `p99 of reads during a cleanup of ${keys} keys, of that while idle`,
        value: busy.p99Ms / idleP99Ms,
        unit: '×',
        bar: atMost(2),
      }),
      row({ name: 'p99 of reads while idle', value: idleP99Ms, unit: 'ms' }),
      row({ name: `runners among ${RUNNERS} processes`, value: runs.length, unit: 'processes', bar: exactly(1) }),
      row({ name: `keys seen by the runner, of ${keys}`, value: runs[0].scanned / keys, unit: 'share' }),
      row({ name: 'duration of the cleanup', value: runs[0].durationMs / 1000, unit: 's' }),
    ];
  } finally {
    for (const child of children) child.stop();
    await server.stop();
  }
}
