import { SYSTEM_ENVIRONMENT } from '../../../common/time/environment.js';
import { expect, test } from 'vitest';
import { MemoryAdapter } from '../../../adapters/memory.adapter.js';
import { CacheContext } from '../cache-context.js';
import { CacheService } from '../cache.service.js';

test('the event of a load has its duration by the monotonic clock', async () => {
  let nowMs = 1000;
  const clock = { ...SYSTEM_ENVIRONMENT.clock, monotonicMs: () => nowMs };
  const cache = new CacheService(CacheContext.create(new MemoryAdapter(), {}, '', { ...SYSTEM_ENVIRONMENT, clock }));
  const durations: number[] = [];
  cache.on('load', ({ ms }) => durations.push(ms));
  await cache.getOrSet('k', () => {
    nowMs += 42.5;
    return 1;
  });
  expect(durations).toEqual([42.5]);
});
