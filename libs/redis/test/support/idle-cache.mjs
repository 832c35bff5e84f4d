// Runs on the built package. A process with an idle cache with near copies: node idle-cache.mjs <url> disconnect|nothing
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheService } from 'nestjs-redis-infra/core';

const [url, end] = process.argv.slice(2);
const cache = new CacheService(url, { near: true });
const namespace = cache.namespace('inner');

/** The timers that keep this process alive. */
const timers = () => process.getActiveResourcesInfo().filter((type) => type === 'Timeout' || type === 'Immediate');

/** ioredis has some of its own for a cluster. */
const OF_IOREDIS = url.startsWith('redis+cluster:') ? Infinity : 0;

/** Waits on a timer of its own, which is over when the condition is checked. */
async function until(condition) {
  while (!(await condition())) await sleep(20);
}

await cache.connect();
await cache.getOrSet('k', () => 'value', { tags: ['tag'] });
await namespace.set('k', 'value');
await namespace.getOrSet('k', () => 'other');
if (url !== 'memory://') await until(async () => (await cache.get('k'), cache.peek('k') === 'value'));
console.log('read');
await cache.getOrSet('failing', () => Promise.reject(new Error('failed')), { errorTtl: '1m' }).catch(() => {});
// The load ended long before its timeout of 30 s.
await until(() => timers().length <= OF_IOREDIS);
console.log('no timers');
if (end === 'disconnect') await cache.disconnect();
console.log('end');
