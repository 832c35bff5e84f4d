import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  MemoryAdapter,
  RateLimiter,
  RedisAdapter,
  type CacheStore,
  type RateLimitAlgorithm,
  type RateLimitPolicy,
} from '../../src/index.js';

const LIMITS = Array.from({ length: 200 }, (_, i) => i + 1);
const WINDOWS = ['500ms', '1s', '1.9s', '60s', '1h', '1d'] as const;
const ALGORITHMS: readonly RateLimitAlgorithm[] = ['gcra', 'sliding-window', 'fixed-window'];
/** Calls beyond the limit. */
const MORE = 5;
const LONG_DEADLINE = { deadline: '10s', onError: 'closed' } as const;

let server: RedisServer;
let adapter: RedisAdapter;

beforeAll(async () => {
  server = await RedisServer.start();
  adapter = new RedisAdapter(server.url, { resilience: { deadline: '10s' } });
  await adapter.connect();
});
afterAll(async () => {
  await adapter.disconnect();
  await server.stop();
});

/** How many calls of one tick are allowed. */
async function burst(limiter: RateLimiter, policy: RateLimitPolicy, subject: string): Promise<number> {
  const calls = Array.from({ length: policy.limit + MORE }, () => limiter.consume(policy, subject));
  const decisions = await Promise.all(calls);
  return decisions.filter(({ allowed, source }) => allowed && source === 'redis').length;
}

/** The limits of a window that did not admit exactly their limit. */
async function inexact(store: CacheStore, algorithm: RateLimitAlgorithm, window: (typeof WINDOWS)[number]) {
  const limiter = new RateLimiter(store, LONG_DEADLINE);
  const wrong: string[] = [];
  for (const limit of LIMITS) {
    const policy = { name: `${algorithm}-${window}`, limit, window, algorithm };
    // The first call is sent immediately; the other calls of the tick share a command, and so one moment of the server clock.
    const first = limiter.peek(policy, 'first');
    const admitted = await burst(limiter, policy, `${algorithm}:${window}:${limit}`);
    if (admitted !== limit) wrong.push(`${admitted} of ${limit}`);
    await first;
  }
  await limiter.close();
  return wrong;
}

describe.each(ALGORITHMS)('a burst under %s', (algorithm) => {
  test.each(WINDOWS)('is exactly the limit on Redis, for limits of 1 to 200 in %s', async (window) => {
    expect(await inexact(adapter, algorithm, window)).toEqual([]);
  });

  test.each(WINDOWS)('is exactly the limit in memory, for limits of 1 to 200 in %s', async (window) => {
    expect(await inexact(new MemoryAdapter(), algorithm, window)).toEqual([]);
  });
});

describe('concurrency', () => {
  test('has exactly limit permits, on Redis and in memory', async () => {
    for (const store of [adapter, new MemoryAdapter()]) {
      const limiter = new RateLimiter(store, LONG_DEADLINE);
      for (const limit of [1, 2, 7, 100]) {
        const policy = { name: `permits-${limit}`, limit, window: '1m', algorithm: 'concurrency' } as const;
        const permits = await Promise.all(Array.from({ length: limit + MORE }, () => limiter.acquire(policy, 's')));
        expect(permits.filter(({ decision }) => decision.allowed)).toHaveLength(limit);
        await Promise.all(permits.map(({ release }) => release()));
        expect((await limiter.peek(policy, 's')).remaining).toBe(limit);
      }
      await limiter.close();
    }
  });
});
