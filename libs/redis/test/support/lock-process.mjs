// Runs on the built package:
// node lock-process.mjs <url> count <rounds>    adds 1 to a counter in two steps, and notes each fencing number
// node lock-process.mjs <url> hold <ttl in ms>  holds the lock, reports its loss, and releases it at a line of input
import { FleetLock, RedisAdapter } from 'nestjs-redis-infra/core';

const [url, mode, number] = process.argv.slice(2);
const redis = new RedisAdapter(url, { keyPrefix: 'app:', resilience: { deadline: '10s' } });
const lock = new FleetLock(redis);
const print = (line) => console.log(JSON.stringify(line));

async function count() {
  for (let i = 0; i < Number(number); i++) {
    await lock.withLock(
      'count',
      async ({ fence }) => {
        const seen = (await redis.get('counter')) ?? 0;
        const fences = (await redis.get('fences')) ?? [];
        await redis.set('counter', seen + 1);
        await redis.set('fences', [...fences, fence]);
      },
      { wait: '60s' },
    );
  }
}

/** Reports the first timer of the application that runs after a long pause, and what it reads of the lock. */
function watchPauses({ signal }, ttlMs) {
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (nowMs - lastMs > ttlMs) print({ event: 'resumed', aborted: signal.aborted });
    lastMs = nowMs;
  }, 5);
  timer.unref();
}

async function hold() {
  const ttlMs = Number(number);
  const held = await lock.acquire('hold', { ttl: ttlMs / 1000, wait: '30s' });
  held.signal.addEventListener('abort', () => print({ event: 'lost', code: held.signal.reason.code }));
  watchPauses(held, ttlMs);
  print({ event: 'acquired', fence: held.fence });
  await new Promise((resolve) => process.stdin.once('data', resolve));
  await held.release();
  print({ event: 'released' });
}

await (mode === 'count' ? count() : hold());
await redis.disconnect();
process.exit();
