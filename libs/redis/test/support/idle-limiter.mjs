// Runs on the built package. A limiter with calls of every kind pending: node idle-limiter.mjs <url> own|shared|nothing
import { RateLimiter, RedisAdapter } from 'nestjs-redis-infra/core';

const LIMIT_MS = 1000;
const [url, how] = process.argv.slice(2);
const QUOTA = { name: 'quota', limit: 10, window: '1h' };
const LEASED = { name: 'leased', limit: 1000, window: '1h', lease: { size: 100 } };
const PERMITS = { name: 'permits', limit: 2, window: '1h', algorithm: 'concurrency' };

const adapter = how === 'shared' ? new RedisAdapter(url) : undefined;
const limiter = new RateLimiter(adapter ?? url);
for (let i = 0; i < 12; i++) {
  await limiter.consume(QUOTA, 'subject');
  await limiter.consume(LEASED, 'subject');
}
await limiter.acquire(PERMITS, 'subject');
console.log('ready');
if (how !== 'nothing') {
  await new Promise((resolve) => process.stdin.once('data', resolve));
  const ended = () => {};
  void limiter.wait(QUOTA, 'subject', { deadline: '2h' }).catch(ended);
  void limiter.acquire(PERMITS, 'subject').catch(ended);
  void limiter.consume(LEASED, 'other').catch(ended);
  const start = performance.now();
  await limiter.close();
  await adapter?.disconnect();
  const ms = performance.now() - start;
  console.log(ms < LIMIT_MS ? 'closed in time' : `closed after ${ms} ms`);
}
process.stdin.destroy();
