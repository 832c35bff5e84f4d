// One of several processes that take all they can get of the same key.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { RateLimiter, RedisAdapter } from '../../libs/redis/dist/index.js';
import { serve } from '../harness/served-process.mjs';

// What is asked here is what Redis lets through: nothing is to be decided without it because the machine stalls.
const DEADLINE = '5s';
const BY_REDIS = ['redis', 'deny-cache'];
let limiter;

/** The monotonic clock of the machine: the same for all its processes, and no step can change it. */
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
    // A refusal that is remembered is there at once: without a turn of the loop nothing else would ever be.
    else await nextTurn();
  }
}

serve({
  async open({ url }) {
    const adapter = new RedisAdapter(url);
    await adapter.connect();
    limiter = new RateLimiter(adapter, { deadline: DEADLINE });
    // The script is there and the code has run before anything counts.
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
