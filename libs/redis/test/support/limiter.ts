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

/** Of it nothing flows back while a test runs: what was counted stays counted. */
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

/** How many tokens the server has counted, as somebody says who has nothing to do with it. */
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

/** Waits until the server decides. */
export async function decidedByRedis(limiter: RateLimiter, withinMs = 5000): Promise<void> {
  await eventually(async () => (await limiter.peek(QUOTA, 'whoever')).source === 'redis', withinMs);
}

/** Who decided, how often. */
export function sourcesOf(decisions: readonly RateLimitDecision[]): Record<string, number> {
  const sources: Record<string, number> = {};
  for (const { source } of decisions) sources[source] = (sources[source] ?? 0) + 1;
  return sources;
}

/** Until the server was asked by several at once: from then on the calls of a turn of the event loop are one command. */
export async function asksTogether(limiter: RateLimiter): Promise<void> {
  await Promise.all([1, 2, 3].map((i) => limiter.peek(QUOTA, `one of ${i}`)));
}
