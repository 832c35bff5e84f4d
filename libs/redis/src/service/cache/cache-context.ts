import type { Environment } from '../../common/time/environment.js';
import { checkCallOptions, checkOptions, join, optionInvalid } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { RedisAdapter } from '../../adapters/redis.adapter.js';
import type { AdapterOptions } from '../../adapters/redis/adapter-options.js';
import type { RedisConnection } from '../../config/redis-connection.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { CacheStore, CallOptions } from '../../domain/cache-store.js';
import type { EntryStore, VersionScope } from '../../domain/entry-store.js';
import { withCallLimits } from '../../domain/models/call-limits.js';
import { isStore } from '../../domain/models/is-store.js';
import { FallbackCache, type FallbackInternals } from '../fallback/fallback.cache.js';
import { resolveFallbackOptions, type FallbackOptions } from '../fallback/fallback-options.js';
import { CacheEngine } from './cache-engine.js';
import type { CacheLayer, SkippedChange } from './cache-events.js';
import type { JudgedValue } from './entry/entry-validity.js';
import { CacheNamespace } from './cache-namespace.js';
import type { CacheOperation, OperationOutcome } from './statistics/cache-operation.js';
import { LocalEntries } from './local/local-entries.js';
import { copyCodecOf, type CopyCodec } from './near/copy-codec.js';
import { resolveNamespaceNear, resolveNear, type ResolvedNearOptions } from './near/near-options.js';
import type { Near } from './near/near.js';
import { NearReads } from './near/near-reads.js';
import { ShardedNear } from './near/sharded-near.js';
import {
  CACHE_DEFAULTS,
  CACHE_OPTIONS,
  checkNamespace,
  resolveCacheOptions,
  resolveMaxRefreshes,
  type CacheOptions,
} from './options/cache-options.js';
import type { ResolvedEntryOptions } from './options/entry-options.js';
import { checkSupported } from './options/supported-options.js';
import { storeFailure } from './store-failures.js';
import { NULLABLE, type ResolvedSetOptions } from './options/set-options.js';

/** Options of a `CacheService` that creates its own `RedisAdapter`. */
export interface StandaloneOptions extends CacheOptions, AdapterOptions, FallbackChoice {}

/** Whether a cache has a fallback. */
export interface FallbackChoice {
  /**
   * What the cache answers while Redis is unavailable. `false` turns the fallback off: reads then miss, and invalidations
   * reject. The embedded store has no fallback.
   * @default the defaults of `FallbackOptions`, if the store is a Redis server without a fallback of its own
   */
  readonly fallback?: FallbackOptions | false | undefined;
}

/** The names of the limits of a call. */
const CALL_OPTIONS = ['deadline', 'signal'] as const satisfies readonly (keyof CallOptions)[];

/** Options of the adapter, refused if the cache is created on an existing store. */
const OWN_ADAPTER_OPTIONS = ['keyPrefix', 'resilience'] as const satisfies readonly (keyof AdapterOptions)[];

interface ContextState {
  readonly store: CacheStore;
  /** The store without the limits of a call. */
  readonly loadStore: CacheStore;
  readonly namespaceState: CacheNamespace;
  readonly defaults: ResolvedEntryOptions;
  readonly engine: CacheEngine;
  /** Undefined if the store keeps entries itself. */
  readonly local: LocalEntries | undefined;
  readonly limits: CallOptions;
  /** False in a namespace that opted out of near copies, and in a view with another codec. */
  readonly usesNear: boolean;
  readonly copyCodec: CopyCodec;
}

/**
 * The state of a `CacheService`: its store, namespace and defaults, and the engine that it shares with its namespaces
 * and views.
 */
export class CacheContext {
  readonly store: CacheStore;
  readonly namespaceState: CacheNamespace;
  /** Where the versions of this namespace are kept. */
  readonly scope: VersionScope;
  readonly defaults: ResolvedEntryOptions;
  readonly engine: CacheEngine;
  readonly entries: EntryStore;
  /** The entries without the limits of a call: a load is shared, so the limits of one caller do not apply to it. */
  readonly loadEntries: EntryStore;
  /** The limits of `with()`; empty if the store's limits apply. */
  readonly limits: CallOptions;
  /** The codec of the values. Reads use the near copies of this codec only. */
  readonly copyCodec: CopyCodec;

  private constructor(private readonly state: ContextState) {
    const { store, loadStore, namespaceState, defaults, engine, limits, copyCodec } = state;
    this.store = store;
    this.namespaceState = namespaceState;
    this.scope = namespaceState.scope;
    this.defaults = defaults;
    this.engine = engine;
    this.limits = limits;
    this.copyCodec = copyCodec;
    this.entries = this.entriesOf(store);
    this.loadEntries = loadStore === store ? this.entries : this.entriesOf(loadStore);
  }

  /** Creates the context of a new cache. @throws RedisInfraError OPTION_INVALID */
  static create(
    source: RedisConnection | CacheStore | undefined,
    options: StandaloneOptions,
    path = '',
    environment?: Environment,
  ): CacheContext {
    checkOptions(options, [...CACHE_OPTIONS, ...OWN_ADAPTER_OPTIONS, 'fallback'], path, NULLABLE);
    const { keyPrefix, resilience, fallback, ...cache } = options;
    const defaults = resolveCacheOptions(cache, path);
    const prefix = `${checkNamespace(cache.namespace ?? CACHE_DEFAULTS.namespace, join(path, 'namespace'))}:`;
    if (isStore(source, 'source')) refuseAdapterOptions(options, path);
    const { codec } = cache;
    const primary = isStore(source, 'source')
      ? withCodec(source, codec, join(path, 'codec'))
      : new RedisAdapter(source, { keyPrefix, resilience, codec });
    const internals = { environment, path: fallbackPath(path) };
    const store = withFallback(primary, fallback, internals);
    const engine = new CacheEngine(resolveMaxRefreshes(cache, path), environment);
    const local = store.can?.entries === undefined ? new LocalEntries(engine.environment.clock) : undefined;
    if (local !== undefined) checkSupported(defaults, path);
    const namespaceState = new CacheNamespace(prefix);
    const near = resolveNear(cache.near, join(path, 'near'));
    if (near !== undefined) engine.near = openNear(near, store, namespaceState, engine);
    store.can?.fallback?.register(namespaceState.scope);
    emitOutages(store, namespaceState);
    return new CacheContext({
      store,
      loadStore: store,
      namespaceState,
      defaults,
      engine,
      local,
      limits: {},
      usesNear: true,
      copyCodec: copyCodecOf(codec, store.can?.codec?.types),
    });
  }

  /** Where a read found its value. */
  layerOf(read: Pick<JudgedValue<unknown>, 'fallback'> | undefined): CacheLayer {
    return read?.fallback === undefined ? (this.store.can?.link?.tier ?? 'redis') : 'fallback';
  }

  /** The copies of values in this process; undefined if reads of this namespace use none. */
  get near(): Near | undefined {
    return this.state.usesNear ? this.engine.near : undefined;
  }

  /** Whether entries have windows and tags. */
  get hasEntries(): boolean {
    return this.state.local === undefined;
  }

  /** Creates the context of a namespace inside this one. @throws RedisInfraError OPTION_INVALID */
  namespace(name: string, options: CacheOptions): CacheContext {
    checkOptions(options, CACHE_OPTIONS, '', NULLABLE);
    if (options.namespace !== undefined) {
      throw optionInvalid('namespace', 'is the first argument of namespace(): remove the option');
    }
    if (options.maxConcurrentRefreshes !== undefined) {
      throw optionInvalid('maxConcurrentRefreshes', 'is shared by all namespaces of a cache: set it on the cache');
    }
    const usesNear = resolveNamespaceNear(options.near, this.near !== undefined);
    const defaults = this.supported(resolveCacheOptions(options, '', this.defaults));
    const namespaceState = this.namespaceState.child(checkNamespace(name, 'name'));
    return this.derive({ namespaceState, defaults, usesNear, ...this.storesWith(options.codec, 'codec') });
  }

  /**
   * Creates a context of the same namespace whose values have another codec. It uses no near copies: the other codec
   * has not checked them.
   * @throws RedisInfraError OPTION_INVALID
   */
  withCodec(codec: CodecOptions, path = 'codec'): CacheContext {
    return this.derive({ usesNear: false, ...this.storesWith(codec, path) });
  }

  /**
   * Creates a context whose calls have these limits.
   * @throws RedisInfraError UNSUPPORTED if the store has no `with()`; OPTION_INVALID
   */
  withLimits(call: CallOptions): CacheContext {
    checkCallOptions(call, CALL_OPTIONS, 'call');
    const store = withCallLimits(this.store, call);
    const limits = { deadline: call.deadline ?? this.limits.deadline, signal: call.signal ?? this.limits.signal };
    return this.derive({ store, limits });
  }

  /** Returns the options if the store supports them. @throws RedisInfraError OPTION_INVALID */
  supported<O extends ResolvedSetOptions>(options: O): O {
    if (!this.hasEntries) checkSupported(options, '');
    return options;
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

  /** The monotonic time in milliseconds. */
  get nowMs(): number {
    return this.engine.environment.clock.monotonicMs();
  }

  /** Runs an operation that reaches the store, and counts and times it. */
  async measure<T>(operation: CacheOperation, run: () => Promise<T>): Promise<T> {
    const beganMs = this.nowMs;
    let outcome: OperationOutcome = 'error';
    try {
      const result = await run();
      outcome = 'ok';
      return result;
    } finally {
      this.namespaceState.statistics.ended(operation, this.nowMs - beganMs, outcome);
    }
  }

  private entriesOf(store: CacheStore): EntryStore {
    const { local } = this.state;
    const entries =
      local === undefined
        ? store.can?.entries
        : local.over(store, (error) => this.recordFailure('expire', storeFailure(error)));
    if (entries === undefined)
      throw new RedisInfraError('UNSUPPORTED', 'a view of this store has no entries, but the store has');
    return entries;
  }

  private derive(changes: Partial<ContextState>): CacheContext {
    return new CacheContext({ ...this.state, ...changes });
  }

  /** The stores of this context with another codec. They stay one store if they are one. */
  private storesWith(
    codec: CodecOptions | undefined,
    path: string,
  ): Pick<ContextState, 'store' | 'loadStore' | 'copyCodec'> {
    const { loadStore, copyCodec } = this.state;
    const store = withCodec(this.store, codec, path);
    return {
      store,
      loadStore: loadStore === this.store ? store : withCodec(loadStore, codec, path),
      copyCodec: codec === undefined ? copyCodec : copyCodecOf(codec),
    };
  }
}

function openNear(
  options: ResolvedNearOptions,
  store: CacheStore,
  namespaceState: CacheNamespace,
  { environment: { clock } }: CacheEngine,
): Near | undefined {
  // Handlers of events are subscribed after the cache is created.
  const onUntracked = (refusal: RedisInfraError | undefined): void =>
    queueMicrotask(() => namespaceState.recordUntracked(refusal));
  const { feed: ownFeed, shards } = store.can ?? {};
  const feeds = shards === undefined ? [ownFeed] : shards.ids.map((id) => shards.feedOf(id));
  if (feeds.some((feed) => feed?.allowsCopies === false)) {
    onUntracked(new RedisInfraError('UNSUPPORTED', 'there are no near copies of values that are read from replicas'));
    return undefined;
  }
  const parts = { rootPrefix: namespaceState.prefix, isDecoding: store.can?.entries !== undefined, clock, onUntracked };
  return shards === undefined
    ? new NearReads({ options, feed: ownFeed, ...parts })
    : new ShardedNear({ options, shards, ...parts });
}

/** Puts a fallback over a store that may become unavailable, unless it has one already. */
function withFallback(
  store: CacheStore,
  fallback: FallbackOptions | false | undefined,
  internals: FallbackInternals,
): CacheStore {
  const { link, fallback: own, shards } = store.can ?? {};
  // Each shard has its own, or is to have none.
  const isDecided = own !== undefined || shards !== undefined;
  if (fallback === false || (fallback === undefined && (isDecided || link?.tier !== 'redis'))) return store;
  if (isDecided)
    throw optionInvalid(internals.path ?? '', 'this store has a fallback already: set the options where it is created');
  if (link?.tier !== 'memory') return new FallbackCache(store, fallback, internals);
  // The embedded store needs no fallback, but a wrong option must not wait for production to be found.
  resolveFallbackOptions(fallback ?? {}, internals.path ?? '');
  return store;
}

/** The option is at the top level of a module, beside `cache`. */
function fallbackPath(path: string): string {
  return path === 'cache' ? 'fallback' : join(path, 'fallback');
}

function emitOutages({ can }: CacheStore, { events }: CacheNamespace): void {
  can?.shards?.onPartial(({ shards }) => events.emit('partial', { shards }));
  can?.fallback?.on('degraded', (event) => events.emit('degraded', event));
  can?.fallback?.on('recovered', (event) => events.emit('recovered', event));
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
