import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './statistics.mjs';

const MAX_OPERATIONS = 500_000;
const MAX_SAMPLES = 100_000;
const samples = new Float64Array(MAX_SAMPLES);

// One loop per operation, without a shared wrapper: an extra promise per call would cost the fastest side most.
const loops = {
  async get(client, data, run) {
    const { get, decode } = client;
    while (run.running()) {
      if (decode(await get(data.keys[run.next()])) === undefined) run.misses++;
    }
  },
  async set(client, data, run) {
    const { set } = client;
    while (run.running()) {
      const index = run.next();
      await set(data.keys[index], data.values[index]);
    }
  },
};

// Only for a single loop: the clock is read twice per call, which is negligible with one call in flight.
const timedLoops = {
  async get(client, data, run) {
    const { get, decode } = client;
    while (run.running()) {
      const index = run.next();
      const start = performance.now();
      if (decode(await get(data.keys[index])) === undefined) run.misses++;
      run.sample(performance.now() - start);
    }
  },
  async set(client, data, run) {
    const { set } = client;
    while (run.running()) {
      const index = run.next();
      const start = performance.now();
      await set(data.keys[index], data.values[index]);
      run.sample(performance.now() - start);
    }
  },
};

class Run {
  started = 0;
  sampled = 0;
  misses = 0;
  #stopped = false;
  #order;
  #limit;

  constructor(order, limit) {
    this.#order = order;
    this.#limit = limit;
  }

  running() {
    return !this.#stopped && this.started < this.#limit;
  }

  next() {
    return this.#order[this.started++ % this.#order.length];
  }

  sample(elapsedMs) {
    samples[this.sampled++] = elapsedMs;
  }

  stop() {
    this.#stopped = true;
  }
}

/**
 * `inFlight` loops that await one operation after the other for `ms` milliseconds; a read that finds nothing is an
 * error.
 */
export async function drive(client, data, { operation, inFlight, ms }) {
  const timed = inFlight === 1;
  const run = new Run(data.order, timed ? MAX_SAMPLES : MAX_OPERATIONS);
  const loop = (timed ? timedLoops : loops)[operation];
  const enough = new AbortController();

  const cpu = process.cpuUsage();
  const start = performance.now();
  sleep(ms, undefined, { signal: enough.signal }).then(
    () => run.stop(),
    () => {},
  );
  await Promise.all(Array.from({ length: inFlight }, () => loop(client, data, run)));
  const elapsedMs = performance.now() - start;
  const used = process.cpuUsage(cpu);
  enough.abort();

  if (run.misses > 0) throw new Error(`${run.misses} of ${run.started} reads found nothing`);
  const result = { throughput: (run.started / elapsedMs) * 1000, cpu: (used.user + used.system) / run.started };
  if (!timed) return result;
  const latencies = samples.subarray(0, run.sampled);
  return { ...result, median: quantile(latencies, 0.5) * 1000, p99: quantile(latencies, 0.99) * 1000 };
}
