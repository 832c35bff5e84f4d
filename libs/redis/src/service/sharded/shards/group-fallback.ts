import type { On } from '../../../common/typed-emitter.js';
import type { FallbackEvents, FallbackStatus, StoreFallback } from '../../../domain/store-fallback.js';
import type { Shard } from './shard.js';

/** The fallbacks of all shards as one; undefined if no shard has one. */
export function groupFallback(shards: readonly Shard[]): StoreFallback | undefined {
  const fallbacks = shards.map(({ store }) => store.can?.fallback).filter((fallback) => fallback !== undefined);
  if (fallbacks.length === 0) return undefined;
  const on: On<FallbackEvents> = (event, handler) => {
    const unsubscribes = fallbacks.map((fallback) => fallback.on(event, handler));
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
    };
  };
  return {
    open: async () => void (await Promise.all(fallbacks.map((fallback) => fallback.open()))),
    register: (scope) => {
      for (const fallback of fallbacks) fallback.register(scope);
    },
    status: () => combined(fallbacks.map((fallback) => fallback.status())),
    on,
  };
}

/** An outage of the group lasts from the first shard that fails to the last that returns. */
function combined(statuses: readonly FallbackStatus[]): FallbackStatus {
  const began = statuses.map(({ since }) => since).filter((since) => since !== undefined);
  return {
    active: statuses.some(({ active }) => active),
    entries: statuses.reduce((sum, { entries }) => sum + entries, 0),
    journal: statuses.reduce((sum, { journal }) => sum + journal, 0),
    since: began.length === 0 ? undefined : Math.min(...began),
  };
}
