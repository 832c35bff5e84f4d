import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CacheService } from '../../src/index.js';
import { connectedCache, down, recovered, statusOf } from '../support/fallback.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let proxy: FaultProxy;
let cache: CacheService;

beforeEach(async () => {
  server = await started.server();
  proxy = await started.proxy(server);
  cache = await connectedCache(started, proxy.url, { fallback: { maxStale: '1h' }, resilience: {} });
});

/** Calls that a copy or a journal cannot answer. */
const CALLS: Record<string, () => Promise<unknown>> = {
  incr: () => cache.incr('counter'),
  hset: () => cache.hset('hash', 'field', 2),
  hdel: () => cache.hdel('hash', 'field'),
  expire: () => cache.expire('counter', '1h'),
  hget: () => cache.hget('hash', 'field'),
  hgetall: () => cache.hgetall('hash'),
  has: () => cache.has('counter'),
  ttl: () => cache.ttl('counter'),
};

async function disconnect(): Promise<void> {
  proxy.refuse();
  proxy.cut();
  await down(cache);
}

describe('a call without an answer while Redis is unavailable', () => {
  test('rejects with UNSUPPORTED_WHILE_DOWN, was not executed, and is not in the journal', async () => {
    await cache.incr('counter');
    await cache.hset('hash', 'field', 1);
    await disconnect();
    for (const [name, call] of Object.entries(CALLS)) {
      const { code, outcome, retryable } = await failure(call());
      expect({ name, code, outcome, retryable }).toMatchObject({
        name,
        code: 'UNSUPPORTED_WHILE_DOWN',
        outcome: 'not-executed',
      });
    }
    expect(statusOf(cache).journal).toBe(0);
    await proxy.heal();
    await recovered(cache);
    expect([await cache.incr('counter'), await cache.hget('hash', 'field')]).toEqual([2, 1]);
  });

  test.each(['incr', 'hset', 'hdel'])('%s whose reply is lost keeps its own error of unknown outcome', async (name) => {
    await cache.incr('counter');
    await cache.hset('hash', 'field', 1);
    proxy.blackHole('replies');
    const error = await failure(CALLS[name]?.() ?? Promise.resolve());
    expect({ code: error.code, outcome: error.outcome }).toEqual({ code: 'DEADLINE_EXCEEDED', outcome: 'unknown' });
    expect(statusOf(cache).journal).toBe(0);
    await proxy.heal();
    await eventually(async () => (await codeOf(cache.hset('other', 'field', 1))) === 'ok');
    expect(await cache.hget('other', 'field')).toBe(1);
  });

  test('does not use an older copy of the same key', async () => {
    await cache.set('counter', 5, '1h');
    for (let i = 0; i < 2; i++) await cache.get('counter');
    await eventually(async () => (await cache.ttl('counter')) !== undefined);
    expect(await cache.incr('counter')).toBe(6);
    await disconnect();
    expect(await cache.get('counter')).toBeUndefined();
  });
});

describe('has and ttl while Redis is unavailable', () => {
  test('are answered by the copy of a value', async () => {
    await cache.getOrSet('entry', () => 'value', { ttl: '1h', jitter: 0 });
    await cache.get('entry');
    await disconnect();
    expect(await cache.has('entry')).toBe(true);
    expect(await cache.ttl('entry')).toBeGreaterThan(3000);
    await cache.delete('entry');
    expect(await codeOf(cache.has('entry'))).toBe('UNSUPPORTED_WHILE_DOWN');
  });

  test('are answered by a value that was written meanwhile', async () => {
    await disconnect();
    await cache.set('written', 'value', '1h');
    expect(await cache.has('written')).toBe(true);
    expect(await cache.ttl('written')).toBeGreaterThan(3000);
  });
});
