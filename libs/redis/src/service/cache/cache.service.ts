import type { Duration } from '../../common/duration.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { On } from '../../common/typed-emitter.js';
import type { RedisConnection } from '../../config/redis-connection.js';
import type { CacheStore, CallOptions, ClearOptions, StoreCapabilities } from '../../domain/cache-store.js';
import { replaceCapabilities } from '../../domain/models/store-capabilities.js';
import { cacheCapabilities } from './cache-capabilities.js';
import { CacheContext, type FallbackChoice, type StandaloneOptions } from './cache-context.js';
import type { CacheEvents } from './cache-events.js';
import type { CacheStats } from './cache-stats.js';
import type { BatchLoader } from './loads/batch-load.js';
import type { Loader } from './loads/load-context.js';
import type { CacheEntry } from './operations/cache-entries.js';
import { CacheInspection } from './operations/cache-inspection.js';
import { CacheInvalidations, type FlushReport, type Invalidation } from './operations/cache-invalidations.js';
import { CacheReads } from './operations/cache-reads.js';
import { CacheWrites } from './operations/cache-writes.js';
import type { EntryReport } from './operations/entry-report.js';
import type { GetOrSetResult } from './operations/get-or-set-result.js';
import type { CacheOptions } from './options/cache-options.js';
import type { EntryOptions } from './options/entry-options.js';
import type { FlushOptions, InvalidateTagsOptions } from './options/invalidation-options.js';
import type { SetOptions } from './options/set-options.js';
import type { CacheSnapshot } from './statistics/cache-snapshot.js';
import { storeFailure } from './store-failures.js';

/**
 * A cache on any `CacheStore`, with single-flight loads, namespaces, statistics and graceful degradation. A load that
 * runs while its key is changed does not store its value.
 *
 * On a Redis server it has a fallback, unless `fallback` is false. While Redis is unavailable, reads then return copies in
 * memory or miss, loaders run, and writes, deletes and invalidations go into a journal that is applied later. `incr`,
 * `hset`, `hget`, `hgetall`, `hdel`, `expire`, and `has` and `ttl` without a copy reject with UNSUPPORTED_WHILE_DOWN.
 *
 * Without a fallback, reads miss, loaders run, `set`, `setMany`, `delete` and `deleteMany` are counted as skipped, and all
 * other methods but `connect` and `inspect` reject with the error of the store.
 *
 * @example
 * const cache = new CacheService('redis://127.0.0.1:6379');
 * const city = await cache.getOrSet('city:bern', () => findCity('Bern'), { ttl: '10m' });
 */
export class CacheService implements CacheStore {
  /** The underlying store, without the namespace of this cache: with the fallback, if the cache has one. */
  readonly store: CacheStore;
  /** Subscribes a handler to an event of this namespace. The returned function unsubscribes it. */
  readonly on: On<CacheEvents>;
  private readonly context: CacheContext;
  private readonly reads: CacheReads;
  private readonly writes: CacheWrites;
  private readonly invalidations: CacheInvalidations;
  private readonly inspection: CacheInspection;
  private capabilities: StoreCapabilities | undefined = undefined;

  /**
   * Creates a cache with its own `RedisAdapter`. Without `connection` the environment (`REDIS_URL`…) decides; if it is
   * not set, the embedded store is used.
   * @throws RedisInfraError OPTION_INVALID with the option's path
   */
  constructor(connection?: RedisConnection, options?: StandaloneOptions);
  /** Creates a cache on an existing store. @throws RedisInfraError OPTION_INVALID with the option's path */
  constructor(store: CacheStore, options?: CacheOptions & FallbackChoice);
  /** @internal */
  constructor(context: CacheContext);
  constructor(source?: RedisConnection | CacheStore | CacheContext, options: StandaloneOptions = {}) {
    this.context = source instanceof CacheContext ? source : CacheContext.create(source, options);
    this.store = this.context.store;
    this.on = this.context.namespaceState.events.on;
    this.reads = new CacheReads(this.context);
    this.invalidations = new CacheInvalidations(this.context);
    this.writes = new CacheWrites(this.context, this.invalidations);
    this.inspection = new CacheInspection(this.context);
  }

  /** The capabilities of the store, with keys of this namespace. */
  get can(): StoreCapabilities {
    // Created on demand: `with()` makes a view for each call.
    return (this.capabilities ??= cacheCapabilities(this.context, (context) => new CacheService(context)));
  }

  /** @internal An object that inherits from a cache may have other capabilities, or none. */
  set can(capabilities: StoreCapabilities | undefined) {
    replaceCapabilities(this, capabilities);
  }

  /**
   * Connects the store. Resolves also if the store is unavailable, which then reconnects in the background.
   * @throws RedisInfraError an error that is not retryable, for example wrong credentials
   */
  async connect(): Promise<void> {
    try {
      await this.store.connect();
    } catch (error) {
      if (error instanceof RedisInfraError && !error.retryable) throw error;
      this.context.recordFailure('connect', storeFailure(error));
    }
  }

  /** Aborts running loads with CLOSED, waits until none runs any more, and disconnects the store. */
  async disconnect(): Promise<void> {
    const reason = new RedisInfraError('CLOSED', 'the cache was disconnected while the load was running');
    await this.context.engine.close(reason, () => this.store.disconnect());
  }

  get<T>(key: string): Promise<T | undefined> {
    return this.reads.get<T>(key);
  }

  /**
   * Returns the near copy of a value, without I/O; undefined if there is none that a read may return now, or without the
   * option `near`.
   * @throws RedisInfraError KEY_INVALID
   */
  peek<T>(key: string): T | undefined {
    return this.reads.peek<T>(key);
  }

  getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    return this.reads.getMany<T>(keys);
  }

  /**
   * Returns the cached value, or runs the loader and stores its value. One load runs for each key in the whole fleet:
   * callers of this process share it and its rejection, callers of other processes wait for its value. If the loader
   * returns undefined or calls `ctx.skip()`, nothing is stored. If the key is too long for the store, the value is
   * loaded, not stored, and counted as a skipped write.
   * @throws the error of the loader; LOAD_TIMEOUT; LOAD_FAILED within `errorTtl`; OPTION_INVALID; KEY_INVALID
   */
  getOrSet<T>(key: string, loader: Loader<T>, options?: EntryOptions): Promise<T> {
    return this.reads.getOrSet<T>(key, loader, options);
  }

  /** @internal Like `getOrSet`, with where the value comes from. */
  getOrSetResult<T>(key: string, loader: Loader<T>, options?: EntryOptions): Promise<GetOrSetResult<T>> {
    return this.reads.getOrSetResult<T>(key, loader, options);
  }

  /**
   * Like `getOrSet` for several keys: one read for all, and one call of the loader for the keys that this call loads.
   * The result has the order of the keys. It does not contain a key whose load failed (`ctx.fail`), or for which the
   * loader returned nothing.
   * @throws the error of the loader, if a key has no other value; LOAD_TIMEOUT; OPTION_INVALID; KEY_INVALID
   */
  getOrSetMany<T>(keys: readonly string[], loader: BatchLoader<T>, options?: EntryOptions): Promise<Map<string, T>> {
    return this.reads.getOrSetMany<T>(keys, loader, options);
  }

  /**
   * Stores a value. With `tags`, `staleWhileRevalidate` or `staleIfError` it is stored as an entry, otherwise as a plain
   * value, which other clients can read.
   */
  set(key: string, value: unknown, ttlOrOptions?: Duration | SetOptions): Promise<void> {
    return this.writes.set(key, value, ttlOrOptions);
  }

  setMany(entries: readonly CacheEntry[]): Promise<void> {
    return this.writes.setMany(entries);
  }

  delete(key: string): Promise<boolean> {
    return this.writes.delete(key);
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.writes.deleteMany(keys);
  }

  has(key: string): Promise<boolean> {
    return this.reads.has(key);
  }

  /**
   * Sets one field of a hash. A new hash gets the cache's `ttl`; an existing one keeps its expiry.
   * @throws WRONG_TYPE if the key holds another type
   */
  hset(key: string, field: string, value: unknown): Promise<void> {
    return this.writes.hset(key, field, value);
  }

  hget<T>(key: string, field: string): Promise<T | undefined> {
    return this.reads.hget<T>(key, field);
  }

  hgetall<T>(key: string): Promise<Record<string, T>> {
    return this.reads.hgetall<T>(key);
  }

  hdel(key: string, ...fields: string[]): Promise<number> {
    return this.writes.hdel(key, fields);
  }

  expire(key: string, ttl: Duration): Promise<boolean> {
    return this.writes.expire(key, ttl);
  }

  ttl(key: string): Promise<number | null | undefined> {
    return this.reads.ttl(key);
  }

  /**
   * Adds to a counter and returns the new count. A new counter gets the cache's `ttl`; an existing one keeps its
   * expiry.
   * @throws WRONG_TYPE; COMMAND_FAILED if the count leaves the range of safe integers
   */
  incr(key: string, amount = 1): Promise<number> {
    return this.writes.incr(key, amount);
  }

  /**
   * Removes every key of this namespace and of the namespaces inside it, and returns how many. While Redis is unavailable
   * it is journaled, and returns 0.
   * @throws the error of the store while it is unavailable, without a fallback
   */
  clear(options: ClearOptions = {}): Promise<number> {
    return this.writes.clear(options);
  }

  /**
   * Like `delete`, for a caller that must know whether the value is gone: `applied`, or `journaled` while Redis is
   * unavailable.
   * @throws the error of the store while it is unavailable, without a fallback
   */
  invalidate(key: string): Promise<Invalidation> {
    return this.invalidations.invalidate(key);
  }

  /**
   * Invalidates every entry of this namespace that has one of these tags, in one step, however many there are. A load
   * that began before does not make them valid again. While Redis is unavailable it is journaled.
   * @throws the error of the store while it is unavailable, without a fallback; OPTION_INVALID
   */
  invalidateTags(...tags: string[]): Promise<Invalidation>;
  invalidateTags(tags: readonly string[], options?: InvalidateTagsOptions): Promise<Invalidation>;
  invalidateTags(first?: string | readonly string[], ...rest: unknown[]): Promise<Invalidation> {
    return this.invalidations.fromArguments(first, rest);
  }

  /**
   * Invalidates everything in this namespace and in the namespaces inside it, in one step, and then removes the keys.
   * Values of running loads are not stored as valid. Other keys of the database are not affected (no FLUSHDB). A plain
   * value that is written while the keys are being removed may be removed too. While Redis is unavailable it is journaled.
   * @throws the error of the store while it is unavailable, without a fallback
   */
  flush(options: FlushOptions = {}): Promise<FlushReport> {
    return this.invalidations.flush(options);
  }

  /**
   * Returns a namespace inside this one. It inherits every option that it does not set. The same name is the same
   * namespace. Its keys are prefixed with the name and two colons: `cache:users::1`.
   * @throws RedisInfraError OPTION_INVALID
   */
  namespace(name: string, options: CacheOptions = {}): CacheService {
    return new CacheService(this.context.namespace(name, options));
  }

  /**
   * Returns the same cache with other limits: `cache.with({ deadline: '50ms' }).get(key)`. The deadline applies to the
   * store commands of the call. A load is shared, so it keeps its `loadTimeout` and its value is stored within the
   * store's deadline. When the signal is aborted, calls reject with DEADLINE_EXCEEDED, also while they wait for a load;
   * the load continues and its value is stored.
   * @throws RedisInfraError UNSUPPORTED if the store has no `with()`; OPTION_INVALID
   */
  with(call: CallOptions): CacheService {
    return new CacheService(this.context.withLimits(call));
  }

  /** Reports what a read of this key would find now, and why. */
  inspect(key: string): Promise<EntryReport> {
    return this.inspection.inspect(key);
  }

  /** Returns the namespace and the statistics; never the connection, which contains the password. */
  toJSON(): { readonly namespace: string; readonly stats: CacheStats } {
    return { namespace: this.context.namespaceState.prefix, stats: this.stats() };
  }

  /** @internal */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `CacheService '${this.context.namespaceState.prefix}'`;
  }

  /** @internal The statistics of this namespace and of those inside it. */
  snapshots(): readonly CacheSnapshot[] {
    return this.context.namespaceState.snapshots(this.context.engine.near?.snapshot);
  }

  /** Returns the counts of this namespace since it was created in this process. */
  stats(): CacheStats {
    return this.context.namespaceState.counters.snapshot(this.context.near?.stats);
  }
}
