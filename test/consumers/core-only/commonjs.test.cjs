const assert = require('node:assert/strict');
const { existsSync } = require('node:fs');
const { test } = require('node:test');
const { CacheService, RateLimiter, RedisAdapter } = require('nestjs-redis-infra/core');
const { RedisServer } = require('nestjs-redis-infra/testing');

test('npm installs no NestJS', () => {
  assert.deepEqual(
    ['@nestjs', 'rxjs', 'reflect-metadata'].filter((name) => existsSync(`node_modules/${name}`)),
    [],
  );
});

test('a cache and a limiter work on a real server', async () => {
  const server = await RedisServer.start();
  const redis = new RedisAdapter(server.url);
  const cache = new CacheService(redis);
  const limiter = new RateLimiter(redis, { policies: [{ name: 'burst', limit: 1, window: '1m' }] });
  try {
    await redis.connect();
    assert.equal(await cache.getOrSet('city', async () => 'bern'), 'bern');
    assert.equal(await cache.get('city'), 'bern');
    const decisions = [await limiter.consume('burst', 'ann'), await limiter.consume('burst', 'ann')];
    assert.deepEqual(
      decisions.map(({ allowed, source }) => [allowed, source]),
      [
        [true, 'redis'],
        [false, 'redis'],
      ],
    );
  } finally {
    await redis.disconnect();
    await server.stop();
  }
});
