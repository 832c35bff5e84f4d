import { CacheService, type RedisConnection } from '../../src/index.js';
import type { FallbackStatus, StoreFallback } from '../../src/domain/store-fallback.js';
import type { StandaloneOptions } from '../../src/service/cache/cache-context.js';
import { eventually } from './eventually.js';
import { LONG_DEADLINE, type Started } from './started.js';

/** On a slow machine a cache needs several attempts to recover. */
const RECOVERED_WITHIN_MS = 15_000;

/** The fallback of a cache. */
export function fallbackOf(cache: CacheService): StoreFallback {
  const fallback = cache.store.can?.fallback;
  if (fallback === undefined) throw new Error('the cache has no fallback');
  return fallback;
}

export function statusOf(cache: CacheService): FallbackStatus {
  return fallbackOf(cache).status();
}

export function isDown(cache: CacheService): boolean {
  return statusOf(cache).active;
}

/** Waits until each cache has noticed that Redis is unavailable. */
export function down(...caches: readonly CacheService[]): Promise<void> {
  return eventually(() => caches.every(isDown));
}

/** Waits until no cache has an outage or a journal. */
export function recovered(...caches: readonly CacheService[]): Promise<void> {
  return eventually(
    () => caches.map(statusOf).every(({ active, journal }) => !active && journal === 0),
    RECOVERED_WITHIN_MS,
  );
}

/** Creates a connected cache with a long deadline, and disconnects it after the test. */
export async function connectedCache(
  started: Started,
  connection: RedisConnection,
  options: StandaloneOptions = {},
): Promise<CacheService> {
  const cache = new CacheService(connection, { ...LONG_DEADLINE, ...options });
  started.undo(() => cache.disconnect());
  await cache.connect();
  return cache;
}

/** Records the events of the fallback of a cache that have this name. */
export function recordEvents<Name extends 'journal-overflow' | 'data-loss' | 'recovered' | 'degraded'>(
  cache: CacheService,
  name: Name,
): readonly unknown[] {
  const events: unknown[] = [];
  fallbackOf(cache).on(name, (event) => void events.push(event));
  return events;
}
