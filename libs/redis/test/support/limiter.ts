import { expect } from 'vitest';
import {
  RateLimiter,
  type CacheStore,
  type RateLimitDecision,
  type RateLimiterOptions,
  type RateLimitPolicy,
  type RedisConnection,
} from '../../src/index.js';
import type { Started } from './started.js';
import { eventually } from './eventually.js';

/** A policy that regains no token while a test runs, so counted tokens stay counted. */
export const QUOTA: RateLimitPolicy = { name: 'quota', limit: 1000, window: '3000d', algorithm: 'fixed-window' };

/** A limiter that is closed after the test. */
export function limiterOf(
  started: Started,
  source: RedisConnection | CacheStore,
  options?: RateLimiterOptions,
): RateLimiter {
  const limiter = new RateLimiter(source, options);
  started.undo(() => limiter.close());
  return limiter;
}

/** The number of tokens that the server has counted, as seen by an independent limiter. */
export async function countedAt(url: RedisConnection, subject: string, policy = QUOTA): Promise<number> {
  const witness = new RateLimiter(url, { deadline: '5s' });
  try {
    const { source, limit, remaining } = await witness.peek(policy, subject);
    expect(source).toBe('redis');
    return limit - remaining;
  } finally {
    await witness.close();
  }
}

/** Waits until decisions come from the server. */
export async function untilDecidedByRedis(limiter: RateLimiter, withinMs = 5000): Promise<void> {
  await eventually(async () => (await limiter.peek(QUOTA, 'any')).source === 'redis', withinMs);
}

/** The number of decisions by source. */
export function sourcesOf(decisions: readonly RateLimitDecision[]): Record<string, number> {
  const sources: Record<string, number> = {};
  for (const { source } of decisions) sources[source] = (sources[source] ?? 0) + 1;
  return sources;
}

/** Makes concurrent calls, so that the limiter is not idle: from then on it sends the calls of one tick as one batch. */
export async function makeBusy(limiter: RateLimiter): Promise<void> {
  await Promise.all([1, 2, 3].map((i) => limiter.peek(QUOTA, `subject ${i}`)));
}
