import type { On } from '../../../common/typed-emitter.js';
import type { VersionScope } from '../../../domain/entry-store.js';
import type { FallbackEvents, FallbackStatus, StoreFallback } from '../../../domain/store-fallback.js';
import type { LivePlacement } from '../reshard/live-placement.js';

/** The fallbacks of all shards as one; undefined if the shards have none. */
export function groupFallback(placement: LivePlacement): StoreFallback | undefined {
  if (fallbacksOf(placement).length === 0) return undefined;
  const on: On<FallbackEvents> = (event, handler) =>
    placement.follow(({ store }) => store.can?.fallback?.on(event, handler));
  const scopes = new Map<string, VersionScope>();
  placement.onChange(() => {
    for (const scope of scopes.values()) for (const fallback of fallbacksOf(placement)) fallback.register(scope);
  });
  return {
    open: async () => void (await Promise.all(fallbacksOf(placement).map((fallback) => fallback.open()))),
    register: (scope) => {
      scopes.set(scope.prefixes.join(), scope);
      for (const fallback of fallbacksOf(placement)) fallback.register(scope);
    },
    dropCopies: () => {
      for (const fallback of fallbacksOf(placement)) fallback.dropCopies();
    },
    status: () => combined(fallbacksOf(placement).map((fallback) => fallback.status())),
    degradedMs: () => fallbacksOf(placement).reduce((sum, fallback) => sum + fallback.degradedMs(), 0),
    on,
  };
}

function fallbacksOf({ shards }: LivePlacement): readonly StoreFallback[] {
  return shards.map(({ store }) => store.can?.fallback).filter((fallback) => fallback !== undefined);
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
