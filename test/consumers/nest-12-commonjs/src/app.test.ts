import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as root from 'nestjs-redis-infra';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { expectedReport, runApplication } from './app.js';

test('the application caches and limits in memory', async () => {
  assert.deepEqual(await runApplication('memory://'), expectedReport('memory'));
});

test('the application caches and limits in Redis', async () => {
  const server = await RedisServer.start();
  try {
    assert.deepEqual(await runApplication(server.url), expectedReport('standalone'));
  } finally {
    await server.stop();
  }
});

test('import() and require() return the same classes', async () => {
  const imported = await import('nestjs-redis-infra');
  assert.equal(imported.RedisAdapter, root.RedisAdapter);
  assert.equal(imported.RateLimitGuard, root.RateLimitGuard);
});
