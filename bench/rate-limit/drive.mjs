import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../harness/statistics.mjs';

const MAX_DECISIONS = 500_000;
const samples = new Float64Array(MAX_DECISIONS);

class Run {
  started = 0;
  ended = 0;
  elsewhere = 0;
  #stopped = false;
  #subjects;

  constructor(subjects) {
    this.#subjects = subjects;
  }

  running() {
    return !this.#stopped && this.started < MAX_DECISIONS;
  }

  next() {
    return this.#subjects[this.started++ % this.#subjects.length];
  }

  stop() {
    this.#stopped = true;
  }
}

async function caller({ consume, isAllowed, isByRedis }, run) {
  while (run.running()) {
    const subject = run.next();
    const start = performance.now();
    const decision = await consume(subject);
    samples[run.ended++] = performance.now() - start;
    if (!isAllowed(decision)) throw new Error(`${subject} was refused below its limit`);
    if (!isByRedis(decision)) run.elsewhere++;
  }
}

/**
 * `inFlight` loops that await one decision after the other for `ms` milliseconds. Each decision is timed with the same
 * two clock reads. Throughput and CPU count decisions that Redis made, `elsewhere` counts the others; a refusal is an
 * error.
 */
export async function drive(limiter, subjects, { inFlight, ms }) {
  const run = new Run(subjects);
  const enough = new AbortController();

  const cpu = process.cpuUsage();
  const start = performance.now();
  sleep(ms, undefined, { signal: enough.signal }).then(
    () => run.stop(),
    () => {},
  );
  await Promise.all(Array.from({ length: inFlight }, () => caller(limiter, run)));
  const elapsedMs = performance.now() - start;
  const used = process.cpuUsage(cpu);
  enough.abort();

  const decided = run.ended - run.elsewhere;
  const latencies = samples.subarray(0, run.ended);
  return {
    decided,
    elsewhere: run.elsewhere,
    throughput: (decided / elapsedMs) * 1000,
    cpu: (used.user + used.system) / decided,
    median: quantile(latencies, 0.5) * 1000,
    p99: quantile(latencies, 0.99) * 1000,
  };
}
