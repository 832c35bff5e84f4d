// An application under load during an outage of the Redis of its rate limiter: it records the time and the source of
// each decision.
import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimiter, RedisAdapter } from '../../libs/redis/dist/esm/index.js';
import { serve } from '../harness/served-process.mjs';

const DEADLINE_MS = 50;
const CALLERS = 50;
const PAUSE_MS = 1;
const POLICY = { name: 'api', limit: 10_000_000, window: '1m' };

let limiter;
let isRunning = false;
let isAway = false;
const decidedByRedis = [];
const seen = { calls: 0, unsettled: 0, failed: 0, mostOverdueMs: -Infinity };

async function decide(subject) {
  const start = performance.now();
  seen.calls++;
  seen.unsettled++;
  const source = await limiter.consume(POLICY, subject).then(
    (decision) => decision.source,
    () => undefined,
  );
  seen.unsettled--;
  const elapsedMs = performance.now() - start;
  seen.mostOverdueMs = Math.max(seen.mostOverdueMs, elapsedMs - DEADLINE_MS);
  if (source === undefined) seen.failed++;
  isAway = source !== 'redis';
  if (!isAway) decidedByRedis.push(performance.timeOrigin + start + elapsedMs);
}

async function caller(index) {
  while (isRunning) {
    await decide(`bench:${index}`);
    await sleep(PAUSE_MS);
  }
}

serve({
  async open({ url }) {
    const adapter = new RedisAdapter(url);
    await adapter.connect();
    limiter = new RateLimiter(adapter, { deadline: `${DEADLINE_MS}ms` });
    isRunning = true;
    for (let index = 0; index < CALLERS; index++) void caller(index);
  },
  hasNoticed: () => isAway,
  /** Resolves when Redis has made a decision after `sinceMs`, which is in milliseconds since 1970. */
  async answeredAfterMs({ sinceMs }) {
    for (;;) {
      const found = decidedByRedis.find((atMs) => atMs >= sinceMs);
      if (found !== undefined) return found - sinceMs;
      await sleep(5);
    }
  },
  async report() {
    isRunning = false;
    await sleep(20 * DEADLINE_MS);
    return seen;
  },
});
