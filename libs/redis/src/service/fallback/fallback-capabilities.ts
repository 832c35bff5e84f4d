import type { CacheStore, CodecHost, ExpiringCreation, StoreCapabilities } from '../../domain/cache-store.js';
import type { ApplicationTypes } from '../../domain/codec/json/application-types.js';
import type { HealthSource, HealthTarget } from '../../domain/health-source.js';
import type { FallbackStatus } from '../../domain/store-fallback.js';
import { fallbackEntries } from './entries/fallback-entries.js';
import { fallbackFeed } from './fallback-feed.js';
import type { FallbackState } from './fallback-state.js';
import type { FallbackValues } from './values/fallback-values.js';

export interface CapabilityParts {
  readonly primary: CacheStore;
  readonly state: FallbackState;
  readonly values: () => FallbackValues;
  readonly types: ApplicationTypes;
  readonly isAborted: () => boolean;
  readonly status: () => FallbackStatus;
  /** The same fallback over another view of the primary store. */
  readonly viewOf: (primary: CacheStore) => CacheStore;
}

/** The capabilities of a fallback: those of its primary store, and with an answer while the store is unavailable. */
export function fallbackCapabilities({
  primary,
  state,
  values,
  types,
  isAborted,
  status,
  viewOf,
}: CapabilityParts): StoreCapabilities {
  const { entries, feed, scripts, link, keys, codec, expiringCreation, health } = primary.can ?? {};
  return Object.freeze<StoreCapabilities>({
    entries:
      entries && fallbackEntries({ primary: entries, state, types, readTtl: (key) => primary.ttl(key), isAborted }),
    feed: feed && fallbackFeed(feed, state),
    scripts,
    link,
    health: health && withFallback(health, status),
    keys,
    codec: codec && codecOf(codec, viewOf),
    expiringCreation: expiringCreation && creationOf(expiringCreation, values),
    fallback: {
      open: () => state.open(),
      register: (scope) => void state.versions.of(scope),
      dropCopies: () => state.dropAll(),
      status,
      degradedMs: () => state.outage.totalMs,
      on: state.events.on,
    },
  });
}

/** The same targets; their state contains that of the fallback. */
function withFallback(source: HealthSource, status: () => FallbackStatus): HealthSource {
  const targetOf = (target: HealthTarget): HealthTarget => ({
    shard: target.shard,
    state: () => ({ ...target.state(), fallback: status() }),
    probe: (nodes, timeoutMs) => target.probe(nodes, timeoutMs),
  });
  return {
    get targets() {
      return source.targets.map(targetOf);
    },
  };
}

function codecOf(host: CodecHost, viewOf: CapabilityParts['viewOf']): CodecHost {
  return {
    types: host.types,
    with: (options, path) => viewOf(host.with(options, path)),
    bytes: (key) => host.bytes(key),
  };
}

function creationOf(creation: ExpiringCreation, values: () => FallbackValues): ExpiringCreation {
  return {
    incr: (key, amount, ttl) => values().changeOrRefuse('incr', key, () => creation.incr(key, amount, ttl)),
    hset: (key, field, value, ttl) => values().changeOrRefuse('hset', key, () => creation.hset(key, field, value, ttl)),
  };
}
