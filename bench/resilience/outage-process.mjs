// An application under load during an outage of Redis: it records when each call settles.
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisAdapter } from '../../libs/redis/dist/esm/index.js';
import { serve } from '../harness/served-process.mjs';
import { quantile } from '../harness/statistics.mjs';

const DEADLINE_MS = 500;
const CALLERS = 50;
const PAUSE_MS = 1;

let adapter;
let isRunning = false;
const settled = { overdueMs: [], refusedMs: [], answeredAtMs: [], calls: 0, unsettled: 0 };
let isOpen = false;

async function caller(index) {
  for (let call = 0; isRunning; call++) {
    const key = `bench:${index}`;
    const wasOpen = isOpen;
    const start = performance.now();
    settled.calls++;
    settled.unsettled++;
    const isAnswered = await (call % 2 === 0 ? adapter.get(key) : adapter.set(key, call, '1m')).then(
      () => true,
      () => false,
    );
    settled.unsettled--;
    const elapsedMs = performance.now() - start;
    settled.overdueMs.push(elapsedMs - DEADLINE_MS);
    if (wasOpen && isOpen) settled.refusedMs.push(elapsedMs);
    if (isAnswered) settled.answeredAtMs.push(performance.timeOrigin + start + elapsedMs);
    await sleep(PAUSE_MS);
  }
}

serve({
  async open({ url }) {
    adapter = new RedisAdapter(url, { resilience: { deadline: `${DEADLINE_MS}ms` } });
    adapter.on('circuit-open', ({ circuit }) => (isOpen ||= circuit === 'read'));
    adapter.on('circuit-close', ({ circuit }) => (isOpen &&= circuit !== 'read'));
    await adapter.connect();
    isRunning = true;
    for (let index = 0; index < CALLERS; index++) void caller(index);
  },
  hasNoticed: () => isOpen,
  /**
   * Resolves when a call that began and ended after `sinceMs` has succeeded. `sinceMs` is in milliseconds since 1970.
   */
  async answeredAfterMs({ sinceMs }) {
    for (;;) {
      const found = settled.answeredAtMs.find((atMs) => atMs >= sinceMs);
      if (found !== undefined) return found - sinceMs;
      await sleep(5);
    }
  },
  async report() {
    isRunning = false;
    await sleep(2 * DEADLINE_MS);
    const { overdueMs, refusedMs, calls, unsettled } = settled;
    return {
      calls,
      unsettled,
      mostOverdueMs: overdueMs.reduce((most, each) => Math.max(most, each), -Infinity),
      refused: refusedMs.length,
      refusedP99Ms: quantile(Float64Array.from(refusedMs), 0.99),
    };
  },
});
