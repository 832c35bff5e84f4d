import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as core from 'nestjs-redis-infra/core';

test('import and require return the same classes', () => {
  const required = createRequire(import.meta.url)('nestjs-redis-infra/core');
  assert.deepEqual(Object.keys(required).sort(), Object.keys(core).sort());
  for (const name of Object.keys(core)) assert.equal(required[name], core[name]);
});

test('a cache in memory runs one load for callers at the same time', async () => {
  const cache = new core.CacheService('memory://');
  await Promise.all([1, 2].map(() => cache.getOrSet('city', async () => 'bern')));
  assert.equal(cache.stats().loads, 1);
  await cache.disconnect();
});
