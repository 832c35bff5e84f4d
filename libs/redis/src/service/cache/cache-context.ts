import { systemClock, type Clock } from '../../common/clock.js';
import { checkCallOptions, checkOptions, join, optionInvalid } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { RedisAdapter } from '../../adapters/redis.adapter.js';
import type { AdapterOptions } from '../../adapters/redis/adapter-options.js';
import type { RedisConnection } from '../../config/redis-connection.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { CacheStore, CallOptions } from '../../domain/cache-store.js';
import { isStore } from '../../domain/models/is-store.js';
import {
  CACHE_DEFAULTS,
  CACHE_OPTIONS,
  NULLABLE,
  checkNamespace,
  resolveCacheOptions,
  type CacheOptions,
  type ResolvedEntryOptions,
} from './cache-options.js';
import { CacheNamespace } from './cache-namespace.js';
import type { CacheEvents, SkippedChange } from './cache-events.js';
import { Flights } from './flights.js';
import { LoadRunner } from './load-runner.js';

/** Options of a `CacheService` that creates its own `RedisAdapter`. */
export interface StandaloneOptions extends CacheOptions, AdapterOptions {}

/** The names of the limits of a call. */
const CALL_OPTIONS = ['deadline', 'signal'] as const satisfies readonly (keyof CallOptions)[];

/** Options of the adapter, refused if the cache is created on an existing store. */
const OWN_ADAPTER_OPTIONS = ['keyPrefix', 'resilience'] as const satisfies readonly (keyof AdapterOptions)[];

/**
 * The state of a `CacheService`: its store, namespace and defaults, and the loads that it shares with its namespaces.
 */
export class CacheContext {
  private constructor(
    readonly store: CacheStore,
    readonly namespaceState: CacheNamespace,
    readonly defaults: ResolvedEntryOptions,
    readonly flights: Flights,
    readonly loads: LoadRunner,
    /**
     * The store without the limits of a call: a load is shared, so the limits of one caller do not apply to its write.
     */
    readonly loadStore: CacheStore,
    /** Where reads find values. */
    readonly layer: CacheEvents['hit']['layer'],
    /** The limits of `with()`; empty if the store's limits apply. */
    readonly limits: CallOptions = {},
  ) {}

  /** Creates the context of a new cache. @throws RedisInfraError OPTION_INVALID */
  static create(
    source: RedisConnection | CacheStore | undefined,
    options: StandaloneOptions,
    path = '',
    clock: Clock = systemClock,
  ): CacheContext {
    checkOptions(options, [...CACHE_OPTIONS, ...OWN_ADAPTER_OPTIONS], path, NULLABLE);
    const { keyPrefix, resilience, ...cache } = options;
    const defaults = resolveCacheOptions(cache, path);
    const prefix = `${checkNamespace(cache.namespace ?? CACHE_DEFAULTS.namespace, join(path, 'namespace'))}:`;
    if (isStore(source, 'source')) refuseAdapterOptions(options, path);
    const { codec } = cache;
    const store = isStore(source, 'source')
      ? withCodec(source, codec, join(path, 'codec'))
      : new RedisAdapter(source, { keyPrefix, resilience, codec });
    const flights = new Flights();
    return new CacheContext(
      store,
      new CacheNamespace(prefix),
      defaults,
      flights,
      new LoadRunner(flights, clock),
      store,
      store.can?.link?.tier ?? 'redis',
    );
  }

  /** Creates the context of a namespace inside this one. @throws RedisInfraError OPTION_INVALID */
  namespace(name: string, options: CacheOptions): CacheContext {
    checkOptions(options, CACHE_OPTIONS, '', NULLABLE);
    if (options.namespace !== undefined) {
      throw optionInvalid('namespace', 'is the first argument of namespace(): remove the option');
    }
    const defaults = resolveCacheOptions(options, '', this.defaults);
    const { store, loadStore } = this.storesWith(options.codec, 'codec');
    return new CacheContext(
      store,
      this.namespaceState.child(checkNamespace(name, 'name')),
      defaults,
      this.flights,
      this.loads,
      loadStore,
      this.layer,
      this.limits,
    );
  }

  /** Creates a context of the same namespace whose values have another codec. @throws RedisInfraError OPTION_INVALID */
  withCodec(codec: CodecOptions, path = 'codec'): CacheContext {
    const { namespaceState, defaults, flights, loads, layer, limits } = this;
    const { store, loadStore } = this.storesWith(codec, path);
    return new CacheContext(store, namespaceState, defaults, flights, loads, loadStore, layer, limits);
  }

  /**
   * Creates a context whose calls have these limits.
   * @throws RedisInfraError UNSUPPORTED if the store has no `with()`; OPTION_INVALID
   */
  withLimits(call: CallOptions): CacheContext {
    checkCallOptions(call, CALL_OPTIONS, 'call');
    if (!hasLimits(this.store)) {
      throw new RedisInfraError('UNSUPPORTED', 'this store has no with() and does not support limits per call');
    }
    const { namespaceState, defaults, flights, loads, loadStore, layer } = this;
    const limits = { deadline: call.deadline ?? this.limits.deadline, signal: call.signal ?? this.limits.signal };
    return new CacheContext(this.store.with(call), namespaceState, defaults, flights, loads, loadStore, layer, limits);
  }

  /**
   * Counts a failure of the store and emits it; `skipped` is the change that was not applied.
   * @throws the failure itself if the caller aborted the call: the store did not fail
   */
  recordFailure(operation: string, failure: RedisInfraError, skipped?: SkippedChange): undefined {
    if (this.limits.signal?.aborted === true) throw failure;
    this.namespaceState.recordFailure(operation, failure, skipped);
    return undefined;
  }

  /** The stores of this context with another codec. They stay one store if they are one. */
  private storesWith(
    codec: CodecOptions | undefined,
    path: string,
  ): { readonly store: CacheStore; readonly loadStore: CacheStore } {
    const store = withCodec(this.store, codec, path);
    return { store, loadStore: this.loadStore === this.store ? store : withCodec(this.loadStore, codec, path) };
  }
}

function withCodec(store: CacheStore, codec: CodecOptions | undefined, path: string): CacheStore {
  if (codec === undefined) return store;
  if (store.can?.codec === undefined)
    throw optionInvalid(path, 'this store does not support another codec: remove the option');
  return store.can.codec.with(codec, path);
}

function refuseAdapterOptions(options: StandaloneOptions, path: string): void {
  for (const name of OWN_ADAPTER_OPTIONS) {
    if (options[name] !== undefined)
      throw optionInvalid(join(path, name), 'is an option of the store: set it where the store is created');
  }
}

function hasLimits(store: CacheStore): store is CacheStore & { with(call: CallOptions): CacheStore } {
  return 'with' in store && typeof store.with === 'function';
}
