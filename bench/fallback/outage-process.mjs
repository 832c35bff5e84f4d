// An application whose values are in its memory while Redis is killed: reads, then deletes, then Redis is back.
import { setTimeout as sleep } from 'node:timers/promises';
import { record } from '../harness/data-set.mjs';
import { seededRandom } from '../harness/random.mjs';
import { serve } from '../harness/served-process.mjs';
import { quantile } from '../harness/statistics.mjs';

const KEYS = 1000;
const BYTES = 240;
const READS_BEFORE = 3;
const WARM_UP_MS = 1000;
const PAUSE_MS = 1;
/** The calls of a library that does not settle them are not awaited longer. */
const LIMIT_MS = 5000;
/** A peer may keep its connections open in a way that prevents a call from settling. */
process.on('unhandledRejection', () => {});

const random = seededRandom(KEYS);
const keys = Array.from({ length: KEYS }, (_, index) => `item:${String(index).padStart(4, '0')}`);
let cache;
let recoveredAtMs;

/**
 * Calls by `inFlight` callers, each with a pause between its calls. A call that rejects, finds nothing or does not settle
 * is an error.
 */
async function drive(count, inFlight, call) {
  const endMs = performance.now() + LIMIT_MS;
  const elapsedMs = [];
  let started = 0;
  let errors = 0;
  const running = new Set();
  const loop = async () => {
    while (started < count && performance.now() < endMs) {
      const key = keys[started++ % KEYS];
      const one = { startMs: performance.now() };
      running.add(one);
      const isAnswered = await call(key).catch(() => false);
      if (!running.delete(one)) return;
      if (!isAnswered) errors++;
      elapsedMs.push(performance.now() - one.startMs);
      await sleep(PAUSE_MS);
    }
  };
  const loops = Promise.all(Array.from({ length: inFlight }, loop));
  const limit = new AbortController();
  await Promise.race([loops, sleep(LIMIT_MS, undefined, { signal: limit.signal })]);
  limit.abort();
  for (const { startMs } of running) elapsedMs.push(performance.now() - startMs);
  errors += running.size;
  running.clear();
  return { calls: elapsedMs.length, errors, p99Ms: quantile(elapsedMs, 0.99) };
}

const read = async (key) => (await cache.get(key)) !== undefined;

async function remove(key) {
  await cache.remove(key);
  return true;
}

serve({
  async open({ name, url }) {
    const { open, label } = await import(`./peers/${name}.mjs`);
    cache = await open({ url });
    cache.onRecovered?.(() => (recoveredAtMs = Date.now()));
    for (const key of keys) await cache.set(key, record(BYTES, random));
    for (let i = 0; i < READS_BEFORE; i++) for (const key of keys) await cache.get(key);
    return label;
  },
  /** Call it while Redis is unavailable. */
  async measure({ reads, deletes, inFlight }) {
    const endMs = performance.now() + WARM_UP_MS;
    while (performance.now() < endMs) {
      await Promise.race([cache.get(keys[0]).catch(() => {}), sleep(WARM_UP_MS)]);
      await sleep(1);
    }
    return { get: await drive(reads, inFlight, read), delete: await drive(deletes, inFlight, remove) };
  },
  /** The times from `sinceMs`, in milliseconds since 1970, to the first acknowledged write and to the end of the outage. */
  async backAfterMs({ sinceMs }) {
    let writtenMs;
    while (writtenMs === undefined || recoveredAtMs === undefined) {
      const wasActive = cache.isActive();
      await cache.set('back', sinceMs);
      if (!wasActive && !cache.isActive()) writtenMs ??= Date.now() - sinceMs;
      await sleep(1);
    }
    return { writtenMs, recoveredMs: recoveredAtMs - sinceMs };
  },
});
