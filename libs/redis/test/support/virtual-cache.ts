import { MemoryAdapter } from '../../src/adapters/memory.adapter.js';
import { CacheContext } from '../../src/service/cache/cache-context.js';
import { CacheService } from '../../src/service/cache/cache.service.js';
import type { CacheOptions } from '../../src/service/cache/options/cache-options.js';
import { VirtualTime } from './virtual-time.js';

/** Several caches on one store, as in several processes, with a clock that the test moves. */
export interface VirtualFleet {
  readonly time: VirtualTime;
  readonly store: MemoryAdapter;
  readonly caches: readonly [CacheService, CacheService];
}

export function virtualFleet(options: CacheOptions = {}, random: () => number = () => 0.5): VirtualFleet {
  const time = new VirtualTime();
  const store = new MemoryAdapter({}, time.clock);
  const environment = { clock: time.clock, timers: time.timers, random };
  const create = (): CacheService =>
    new CacheService(CacheContext.create(store, { jitter: 0, ...options }, '', environment));
  return { time, store, caches: [create(), create()] };
}
