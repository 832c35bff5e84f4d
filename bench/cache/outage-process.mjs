// An application that holds copies of values while Redis is killed, and whose source of values is down as well.
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheService, RedisAdapter } from '../../libs/redis/dist/esm/index.js';
import { serve } from '../harness/served-process.mjs';
import { quantile } from '../harness/statistics.mjs';
import { holdCopy } from './hold-copy.mjs';

const CALLERS = 50;
const PAUSE_MS = 1;
const OPTIONS = { ttl: '1m', staleIfError: '1h' };

const keyOf = (index) => `bench:${index}`;
let cache;
let hasNoticed = false;
let isRunning = false;
let isSourceUp = true;
const seen = { calls: 0, errors: 0, elapsedMs: [], answeredAtMs: [] };

async function load() {
  if (!isSourceUp) throw new Error('the source is down');
  return { loaded: true };
}

async function holdAll() {
  for (let index = 0; index < CALLERS; index++) {
    const key = keyOf(index);
    await holdCopy(cache, key, () => cache.getOrSet(key, load, OPTIONS));
  }
}

async function caller(index) {
  while (isRunning) {
    const wasNoticed = hasNoticed;
    const start = performance.now();
    const isAnswered = await cache.getOrSet(keyOf(index), load, OPTIONS).then(
      () => true,
      () => false,
    );
    const elapsedMs = performance.now() - start;
    if (wasNoticed && hasNoticed) {
      seen.calls++;
      seen.elapsedMs.push(elapsedMs);
      if (!isAnswered) seen.errors++;
    }
    if (isAnswered) seen.answeredAtMs.push(performance.timeOrigin + start + elapsedMs);
    await sleep(PAUSE_MS);
  }
}

serve({
  async open({ url }) {
    const adapter = new RedisAdapter(url);
    adapter.on('circuit-open', () => (hasNoticed = true));
    adapter.on('circuit-close', () => (hasNoticed = false));
    await adapter.connect();
    cache = new CacheService(adapter, { near: true });
    await holdAll();
    isSourceUp = false;
    isRunning = true;
    for (let index = 0; index < CALLERS; index++) void caller(index);
    // With copies, the application itself sends nothing that could fail.
    void (async () => {
      while (isRunning) await Promise.all([adapter.has('noticed').catch(() => {}), sleep(5)]);
    })();
  },
  hasNoticed: () => hasNoticed,
  async answeredAfterMs({ sinceMs }) {
    isSourceUp = true;
    for (;;) {
      const found = seen.answeredAtMs.find((atMs) => atMs >= sinceMs);
      if (found !== undefined) return found - sinceMs;
      await sleep(5);
    }
  },
  report() {
    isRunning = false;
    return { calls: seen.calls, errors: seen.errors, p99Ms: quantile(Float64Array.from(seen.elapsedMs), 0.99) };
  },
});
