// Started by cleanup.mjs: a process that cleans, or one that reads and notes how long its reads take.
import { setTimeout as sleep } from 'node:timers/promises';
import { CleanupService, RedisAdapter } from '../../libs/redis/dist/esm/core.js';
import { serve } from '../harness/served-process.mjs';
import { quantile } from '../harness/statistics.mjs';

const PAUSE_MS = 1;

let redis;
let report;
let isOver = true;
let reading;

/** One read after another, with a pause, until `isOver`. */
async function read(keys) {
  const times = [];
  for (let i = 0; !isOver; i = (i + 7919) % keys) {
    const beganMs = performance.now();
    await redis.get(`key:${i}`);
    times.push(performance.now() - beganMs);
    await sleep(PAUSE_MS);
  }
  return times;
}

serve({
  async open({ url }) {
    redis = new RedisAdapter(url, { keyPrefix: 'app:', resilience: { deadline: '10s' } });
    await redis.connect();
  },
  clean() {
    const cleanup = new CleanupService(redis, { dryRun: false, maxKeys: 1_000_000_000, maxDuration: '1h' });
    void cleanup.run().then((ended) => (report = ended));
  },
  report: () => report,
  begin({ keys }) {
    isOver = false;
    reading = read(keys);
  },
  async end() {
    isOver = true;
    const times = await reading;
    return { p99Ms: quantile(times, 0.99), reads: times.length };
  },
});
