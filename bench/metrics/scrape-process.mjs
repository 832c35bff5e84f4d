// A Nest application with default options that has served typical traffic. Each scrape is timed.
import { Registry } from 'prom-client';
import { mainThreadCpu } from '../harness/thread-cpu.mjs';
import { serve } from '../harness/served-process.mjs';
import { nestSeenFrom } from '../rate-limit/guards/nest.mjs';

const PACKAGE = new URL('../../libs/redis/dist/esm/index.js', import.meta.url);
const ENTRY = new URL('../../libs/redis/dist/esm/prometheus.js', import.meta.url);
const registry = new Registry();

/** What a typical service uses: a cache with loads, writes and tags, near copies, and a rate limit. */
async function traffic(application, { CacheService, RateLimiter }) {
  const cache = application.get(CacheService);
  const limiter = application.get(RateLimiter);
  for (let i = 0; i < 200; i++) {
    await cache.get(`key:${i}`);
    await cache.getOrSet(`key:${i}`, () => ({ id: i }), { tags: ['all'] });
    await cache.getOrSet(`key:${i}`, () => ({ id: i }));
    await cache.set(`other:${i}`, i);
    await limiter.consume('api', `user:${i % 10}`);
  }
  await cache.invalidate('key:0');
  await cache.invalidateTags('all');
}

serve({
  async open({ host, port }) {
    const nest = await nestSeenFrom(PACKAGE);
    const library = await import(PACKAGE.href);
    const { RedisMetricsModule } = await import(ENTRY.href);
    class AppModule {}
    const options = {
      connection: `redis://${host}:${port}`,
      cache: { near: true },
      rateLimit: { policies: [{ name: 'api', limit: 100, window: '1m' }] },
    };
    const imports = [library.RedisModule.forRoot(options), RedisMetricsModule.forRoot({ registry })];
    nest.Module({ imports })(AppModule);
    const application = await nest.NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
    await traffic(application, library);
    return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  },
  async scrape() {
    const start = mainThreadCpu();
    await registry.metrics();
    return { ms: (mainThreadCpu() - start) / 1000 };
  },
});
