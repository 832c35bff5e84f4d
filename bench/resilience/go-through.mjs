import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy, RedisServer } from '../../libs/redis/dist/esm/testing.js';
import { ensureRedisServer } from '../../scripts/ensure-redis-server.mjs';
import { ServedChild } from '../harness/child-process.mjs';

const BEFORE_MS = 500;
const AWAY_MS = 2000;
const NOTICED_WITHIN_MS = 5000;
const STALL_RESOLUTION_MS = 1;

/** The outages: how each begins and ends. */
export const OUTAGES = [
  { title: 'Redis is killed', begin: ({ server }) => server.kill(), end: ({ server }) => server.restart() },
  { title: 'Redis is frozen', begin: ({ server }) => server.freeze(), end: ({ server }) => server.thaw() },
  { title: 'the network swallows all', begin: ({ proxy }) => proxy.blackHole(), end: ({ proxy }) => proxy.heal() },
];

async function untilNoticed(application) {
  const endMs = performance.now() + NOTICED_WITHIN_MS;
  while (!(await application.call('hasNoticed'))) {
    if (performance.now() > endMs) throw new Error('the application did not detect the outage');
    await sleep(5);
  }
}

/**
 * Runs an application through an outage, with its own server, and returns its report and the time until it was back.
 * `program` is the URL of a module that serves `open`, `hasNoticed`, `answeredAfterMs` and `report`. `stallMs` is the
 * longest delay of the timers of this almost idle process meanwhile: the precision of the machine.
 */
export async function goThrough({ title, begin, end }, program) {
  process.env.REDIS_SERVER_BIN = await ensureRedisServer();
  const server = await RedisServer.start();
  const proxy = await FaultProxy.start(server);
  const application = new ServedChild(program, title);
  const delay = monitorEventLoopDelay({ resolution: STALL_RESOLUTION_MS });
  try {
    await application.call('open', { url: proxy.url });
    delay.enable();
    await sleep(BEFORE_MS);
    await begin({ server, proxy });
    await untilNoticed(application);
    await sleep(AWAY_MS);
    await end({ server, proxy });
    const backMs = await application.call('answeredAfterMs', { sinceMs: Date.now() });
    const stallMs = Math.max(0, delay.max / 1e6 - STALL_RESOLUTION_MS);
    return { ...(await application.call('report')), backMs, stallMs };
  } finally {
    delay.disable();
    application.stop();
    await proxy.stop();
    await server.stop();
  }
}
