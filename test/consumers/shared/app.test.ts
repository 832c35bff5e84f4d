import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as root from 'nestjs-redis-infra';
import * as app from './app.js';
import { applicationChecks } from './application.checks.js';

for (const { name, run, expected } of applicationChecks(app)) {
  test(name, async () => assert.deepEqual(await run(), expected));
}

test('import() and require() return the same classes', async () => {
  const imported = await import('nestjs-redis-infra');
  assert.equal(imported.RedisAdapter, root.RedisAdapter);
  assert.equal(imported.RateLimitGuard, root.RateLimitGuard);
});
