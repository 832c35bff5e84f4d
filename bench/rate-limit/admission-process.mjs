// One of several processes that send as many requests as they can for the same key.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { RateLimiter, RedisAdapter } from '../../libs/redis/dist/esm/index.js';
import { serve } from '../harness/served-process.mjs';

// Measures the admissions of Redis: a stall of the machine must not cause decisions without it.
const DEADLINE = '5s';
const BY_REDIS = ['redis', 'deny-cache'];
let limiter;

/** The monotonic clock of the machine: the same for all its processes, and unaffected by clock steps. */
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

async function caller({ policy, subject, untilMs }, seen) {
  for (;;) {
    const sentMs = nowMs();
    if (sentMs >= untilMs) return;
    const { allowed, source } = await limiter.consume(policy, subject);
    const answeredMs = nowMs();
    if (!BY_REDIS.includes(source)) seen.elsewhere++;
    seen.lastMs = answeredMs;
    if (allowed) seen.admissions.push({ sentMs, answeredMs });
    // A cached refusal resolves immediately: without a new tick, no other work would run.
    else await nextTurn();
  }
}

serve({
  async open({ url }) {
    const adapter = new RedisAdapter(url);
    await adapter.connect();
    limiter = new RateLimiter(adapter, { deadline: DEADLINE });
    // Loads the script and warms up the code before the measurement.
    await limiter.consume({ name: 'warm-up', limit: 10, window: '1s' }, `process-${process.pid}`);
  },
  now: nowMs,
  async take({ policy, subject, inFlight, startMs, ms }) {
    await sleep(Math.max(0, startMs - nowMs()));
    const seen = { elsewhere: 0, admissions: [], firstMs: nowMs(), lastMs: 0 };
    const load = { policy, subject, untilMs: startMs + ms };
    await Promise.all(Array.from({ length: inFlight }, () => caller(load, seen)));
    return seen;
  },
});
