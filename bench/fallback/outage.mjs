import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from '../../libs/redis/dist/esm/testing.js';
import { ensureRedisServer } from '../../scripts/ensure-redis-server.mjs';
import { ServedChild } from '../harness/child-process.mjs';
import { atMost, exactly, row } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';

const PROGRAM = new URL('./outage-process.mjs', import.meta.url);
const OURS = 'cache-service';
/** `nothing` shows the precision of the machine. */
const CONTESTANTS = [OURS, 'bentocache', 'cacheable', 'nothing'];
const IN_FLIGHT = 32;
const NOTICED_MS = 200;

/** One outage with a new server and a new application. */
async function goThrough(name, { reads, deletes }) {
  process.env.REDIS_SERVER_BIN = await ensureRedisServer();
  const server = await RedisServer.start();
  const application = new ServedChild(PROGRAM, name);
  try {
    const label = await application.call('open', { name, url: server.url });
    await server.kill();
    await sleep(NOTICED_MS);
    const seen = await application.call('measure', { reads, deletes, inFlight: IN_FLIGHT });
    if (name !== OURS) return { label, ...seen };
    await server.restart();
    return { label, ...seen, ...(await application.call('backAfterMs', { sinceMs: Date.now() })) };
  } finally {
    application.stop();
    await server.stop();
  }
}

function rowsOf(method, what, runs) {
  const name = `Redis killed, ${what}, ${IN_FLIGHT} in flight`;
  return CONTESTANTS.flatMap((contestant) => {
    const results = runs.get(contestant);
    const isOurs = contestant === OURS;
    const of = isOurs ? '' : ` (${results[0].label})`;
    const p99 = median(results.map((result) => result[method].p99Ms));
    const failed = Math.max(...results.map((result) => result[method].errors / result[method].calls));
    return [
      row({ name: `${name}: p99${of}`, value: p99, unit: 'ms', bar: isOurs ? atMost(1) : undefined }),
      row({
        name: `${name}: calls that failed${of}`,
        value: failed,
        unit: 'share',
        bar: isOurs ? exactly(0) : undefined,
      }),
    ];
  });
}

/** What callers see whose values are in the memory of the process while Redis is killed, and how soon it is over. */
export async function measureOutage({ runs, ...calls }) {
  const results = new Map(CONTESTANTS.map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const name of CONTESTANTS) results.get(name).push(await goThrough(name, calls));
  }
  const back = (figure) => median(results.get(OURS).map((result) => result[figure]));
  return [
    ...rowsOf('get', 'get of a copy', results),
    ...rowsOf('delete', 'delete', results),
    row({
      name: 'Redis restarted: first acknowledged set after',
      value: back('writtenMs'),
      unit: 'ms',
      bar: atMost(2000),
    }),
    row({ name: 'Redis restarted: outage over after', value: back('recoveredMs'), unit: 'ms', bar: atMost(2000) }),
  ];
}
