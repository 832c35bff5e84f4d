import type { RedisServer } from 'nestjs-redis-infra/testing';
import { RedisThrottlerStorage, type ThrottlerStorageOptions } from 'nestjs-redis-infra/throttler';
import { describe, expect, test } from 'vitest';
import type { CacheStore, RedisConnection } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

const HOUR = 3_600_000;
const KEY = 'throttler:default:key';
const started = resourcesPerTest();

/** A storage whose requests may arrive late: the circuit breaker does not stop them. */
async function storageAt(url: string, options?: ThrottlerStorageOptions): Promise<Throttled> {
  const redis = started.adapter(url, { resilience: { breaker: false } });
  await redis.connect();
  return new Throttled(redis, options);
}

/** Increments of a storage, and the failures that it reported. */
class Throttled {
  readonly failures: string[] = [];
  private readonly storage: RedisThrottlerStorage;

  constructor(source: RedisConnection | CacheStore, options?: ThrottlerStorageOptions) {
    this.storage = new RedisThrottlerStorage(source, options);
    this.storage.on('failure', ({ error, action }) => this.failures.push(`${action} ${error.code}`));
    started.undo(() => this.storage.onApplicationShutdown());
  }

  /** Resolves with `ok` for each request, or with the code of its error. */
  increment(requests: number, key = 'key'): Promise<string[]> {
    const calls = Array.from({ length: requests }, () => this.storage.increment(key, HOUR, 1000, HOUR, 'default'));
    return Promise.all(calls.map(codeOf));
  }

  /** Waits until the server counts requests. */
  untilCounting(): Promise<void> {
    return eventually(async () => {
      const before = this.failures.length;
      await this.increment(1, 'other key');
      return this.failures.length === before;
    });
  }
}

/** The number of requests that the server has counted. Its record has one more member, for the window. */
async function countedBy(server: RedisServer): Promise<number> {
  return Number(await server.command('ZCARD', KEY)) - 1;
}

describe('RedisThrottlerStorage counts no request after its deadline', () => {
  test.each(['local', 'open', 'closed'] as const)('when the server was frozen, and onError is %s', async (onError) => {
    const server = await started.server();
    started.undo(() => server.thaw());
    const throttled = await storageAt(server.url, { onError });
    await throttled.untilCounting();
    await throttled.increment(5);
    const before = await countedBy(server);
    server.freeze();
    for (let round = 0; round < 2; round++) {
      expect(new Set(await throttled.increment(4))).toEqual(
        new Set([onError === 'closed' ? 'LIMITER_UNAVAILABLE' : 'ok']),
      );
    }
    expect(new Set(throttled.failures.slice(-8))).toEqual(new Set([`${onError} DEADLINE_EXCEEDED`]));
    server.thaw();
    await throttled.untilCounting();
    expect(await countedBy(server)).toBe(before);
  });

  test('when its first requests meet a frozen server', async () => {
    const server = await started.server();
    started.undo(() => server.thaw());
    const witness = await storageAt(server.url);
    await witness.untilCounting();
    await witness.increment(5);
    const before = await countedBy(server);
    const throttled = await storageAt(server.url);
    server.freeze();
    await throttled.increment(4);
    expect(throttled.failures).toHaveLength(4);
    server.thaw();
    await throttled.untilCounting();
    expect(await countedBy(server)).toBe(before);
  });

  test('when the request is held on the way to the server', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const throttled = await storageAt(proxy.url);
    await throttled.untilCounting();
    await throttled.increment(5);
    const before = await countedBy(server);
    proxy.hold('requests');
    const passed = proxy.stats.requestBytes;
    const failures = throttled.failures.length;
    await throttled.increment(8);
    expect(throttled.failures).toHaveLength(failures + 8);
    await proxy.heal();
    await eventually(() => proxy.stats.requestBytes > passed);
    await throttled.untilCounting();
    expect(await countedBy(server)).toBe(before);
  });
});

describe('RedisThrottlerStorage counts a request at most once', () => {
  test('when its reply arrives after its deadline', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const throttled = await storageAt(proxy.url);
    await throttled.untilCounting();
    await throttled.increment(5);
    const before = await countedBy(server);
    proxy.hold('replies');
    await throttled.increment(8);
    await proxy.heal();
    await throttled.untilCounting();
    expect(await countedBy(server)).toBeLessThanOrEqual(before + 8);
  });
});
