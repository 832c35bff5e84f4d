import { checkOptions, join, optionInvalid } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { RedisAdapter } from '../../adapters/redis/redis.adapter.js';
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
import { Flights } from './flights.js';
import { LoadRunner } from './load-runner.js';

/** The options of a cache that makes its own adapter. */
export interface StandaloneOptions extends CacheOptions, AdapterOptions {}

/** Options of the adapter that a cache over a store cannot have. */
const OWN_ADAPTER_OPTIONS = ['keyPrefix', 'resilience'];

/** What stands behind a `CacheService`: a store, a namespace of its keys, defaults; and what it shares with its relatives. */
export class CacheContext {
  private constructor(
    readonly store: CacheStore,
    readonly namespaceState: CacheNamespace,
    readonly defaults: ResolvedEntryOptions,
    readonly flights: Flights,
    readonly loads: LoadRunner,
    /** The store without the limits of a call: callers share a load, so none of them limits how its value is written. */
    readonly loadStore: CacheStore,
    /** The limits of the calls of this view, where they are not the store's own. */
    readonly limits: CallOptions = {},
  ) {}

  /** @throws RedisInfraError OPTION_INVALID */
  static create(source: RedisConnection | CacheStore | undefined, options: StandaloneOptions, path = ''): CacheContext {
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
    return new CacheContext(store, new CacheNamespace(prefix), defaults, flights, new LoadRunner(flights), store);
  }

  /** @throws RedisInfraError OPTION_INVALID */
  namespace(name: string, options: CacheOptions): CacheContext {
    checkOptions(options, CACHE_OPTIONS, '', NULLABLE);
    if (options.namespace !== undefined) {
      throw optionInvalid('namespace', 'is the name given to namespace(): leave the option out');
    }
    const defaults = resolveCacheOptions(options, '', this.defaults);
    const store = withCodec(this.store, options.codec, 'codec');
    return new CacheContext(
      store,
      this.namespaceState.child(checkNamespace(name, 'name')),
      defaults,
      this.flights,
      this.loads,
      this.loadStore === this.store ? store : withCodec(this.loadStore, options.codec, 'codec'),
      this.limits,
    );
  }

  /** @throws RedisInfraError UNSUPPORTED where the store has no limits per call; OPTION_INVALID */
  withLimits(call: CallOptions): CacheContext {
    checkOptions(call, ['deadline', 'signal'], 'call');
    if (!hasLimits(this.store)) {
      throw new RedisInfraError('UNSUPPORTED', 'this store has no with(): it takes no limits per call');
    }
    const { namespaceState: space, defaults, flights, loads, loadStore, limits } = this;
    return new CacheContext(this.store.with(call), space, defaults, flights, loads, loadStore, {
      deadline: call.deadline ?? limits.deadline,
      signal: call.signal ?? limits.signal,
    });
  }
}

function withCodec(store: CacheStore, codec: CodecOptions | undefined, path: string): CacheStore {
  if (codec === undefined) return store;
  if (store.can?.codec === undefined)
    throw optionInvalid(path, 'this store writes values in its own way only: leave the option out');
  return store.can.codec.with(codec, path);
}

function refuseAdapterOptions(options: StandaloneOptions, path: string): void {
  for (const name of OWN_ADAPTER_OPTIONS) {
    if (options[name as keyof StandaloneOptions] !== undefined)
      throw optionInvalid(join(path, name), 'belongs to the store that was given: set it there');
  }
}

function hasLimits(store: CacheStore): store is CacheStore & { with(call: CallOptions): CacheStore } {
  return 'with' in store && typeof store.with === 'function';
}
