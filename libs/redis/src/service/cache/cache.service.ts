import type { Duration } from '../../common/duration.js';
import type { ErrorCode } from '../../common/error-codes.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { On } from '../../common/typed-emitter.js';
import { checkBoolean, checkOptions, optionInvalid } from '../../common/options.js';
import type { RedisConnection } from '../../config/redis-connection.js';
import type { CacheStore, CallOptions, ClearOptions, StoreCapabilities } from '../../domain/cache-store.js';
import { checkEntries, checkKeys } from '../../domain/models/cache-key.js';
import { cacheCapabilities } from './cache-capabilities.js';
import type { CacheEvents, SkippedChange } from './cache-events.js';
import {
  resolveEntryOptions,
  resolveSetTtl,
  type CacheOptions,
  type EntryOptions,
  type SetOptions,
} from './cache-options.js';
import type { CacheStats } from './cache-stats.js';
import { CacheContext, type StandaloneOptions } from './cache-context.js';
import { reportUnavailable, reportEntry, type EntryReport } from './entry-report.js';
import { hsetExpiring, incrExpiring, type Creation } from './expiring-creation.js';
import type { Loader } from './load-context.js';
import { untilAborted } from './leave-load.js';
import { loadFailure, mayOverwrite, storeFailure } from './store-failures.js';
import { sweep } from './sweep.js';

interface FailureDetails {
  /** Returns the failure of the store, or throws the error. @default `storeFailure` */
  readonly failureOf?: typeof storeFailure;
  /** The change that was not applied. */
  readonly skipped?: SkippedChange;
}

/** One entry of `CacheService.setMany`. */
export type CacheEntry = {
  /** The key, without prefix and namespace. */
  readonly key: string;
  /** Any value that the codec can encode, except `undefined`. */
  readonly value: unknown;
} & SetOptions;

/** The result of `CacheService.flush`. */
export interface FlushReport {
  /** The keys are removed. */
  readonly status: 'applied';
  /** The number of keys removed. */
  readonly removed: number;
}

/**
 * A cache on any `CacheStore`, with single-flight loads, namespaces, statistics and graceful degradation. A load that runs while its
 * key is changed does not store its value.
 *
 * While the store is unavailable, `get`, `getMany`, `getOrSet`, `set`, `setMany`, `delete`, `deleteMany`, `connect` and `inspect` do
 * not reject: reads miss, loaders run, writes are counted as skipped. All other methods reject with the error of the store.
 *
 * @example
 * const cache = new CacheService('redis://127.0.0.1:6379');
 * const city = await cache.getOrSet('city:bern', () => findCity('Bern'), { ttl: '10m' });
 */
export class CacheService implements CacheStore {
  /** The underlying store, without the namespace of this cache. */
  readonly store: CacheStore;
  /** Subscribes a handler to an event of this namespace. The returned function unsubscribes it. */
  readonly on: On<CacheEvents>;
  private readonly context: CacheContext;
  private readonly layer: 'redis' | 'memory';
  private capabilities: StoreCapabilities | undefined;

  /**
   * Creates a cache with its own `RedisAdapter`. Without `connection` the environment (`REDIS_URL`…) decides; if it is not set, the
   * embedded store is used.
   * @throws RedisInfraError OPTION_INVALID with the option's path
   */
  constructor(connection?: RedisConnection, options?: StandaloneOptions);
  /** Creates a cache on an existing store. @throws RedisInfraError OPTION_INVALID with the option's path */
  constructor(store: CacheStore, options?: CacheOptions);
  /** @internal */
  constructor(context: CacheContext);
  constructor(source?: RedisConnection | CacheStore | CacheContext, options: StandaloneOptions = {}) {
    this.context = source instanceof CacheContext ? source : CacheContext.create(source, options);
    this.store = this.context.store;
    this.on = this.context.namespaceState.events.on;
    this.layer = this.store.can?.link?.tier ?? 'redis';
  }

  /** The capabilities of the store, with keys of this namespace. */
  get can(): StoreCapabilities {
    // Created on demand: `with()` makes a view for each call.
    return (this.capabilities ??= cacheCapabilities(this.context, (context) => new CacheService(context)));
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
      this.failed('connect', error);
    }
  }

  /** Aborts running loads with CLOSED and disconnects the store. */
  async disconnect(): Promise<void> {
    this.context.flights.abort(new RedisInfraError('CLOSED', 'the cache was disconnected while the load was running'));
    await this.store.disconnect();
  }

  async get<T>(key: string): Promise<T | undefined> {
    const at = this.locate(key);
    const value = await this.store.get<T>(at).catch((error: unknown) => this.failed('get', error));
    this.count(key, value);
    return value;
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const at = this.locateAll(keys);
    const values = await this.store.getMany<T>(at).catch((error: unknown) => this.getSingly<T>(at, error));
    values.forEach((value, i) => this.count(keys[i] as string, value));
    return values;
  }

  /**
   * Returns the cached value, or runs the loader and stores its value. Concurrent calls for one key share one load, including its
   * rejection. If the loader returns undefined or calls `ctx.skip()`, nothing is stored. If the key is too long for the store, the
   * value is loaded, not stored, and counted as a skipped write.
   * @throws the error of the loader; LOAD_TIMEOUT; OPTION_INVALID; KEY_INVALID
   */
  async getOrSet<T>(key: string, loader: Loader<T>, options?: EntryOptions): Promise<T> {
    const resolved = resolveEntryOptions(options, this.context.defaults);
    if (typeof loader !== 'function') throw optionInvalid('loader', 'must be a function that returns the value');
    const { loads, loadStore, namespaceState: space } = this.context;
    const at = space.locateLoad(key);
    const running = loads.running<T>(at);
    if (running !== undefined) return this.join(running);
    const { epoch } = loads;
    let mayWrite = true;
    const stored = await this.store.get<T>(at).catch((error: unknown) => {
      mayWrite = this.mayStore(loadFailure(error).code);
      return this.failed('getOrSet', error, { failureOf: loadFailure });
    });
    this.count(key, stored);
    if (stored !== undefined) return stored;
    const startedMeanwhile = loads.running<T>(at);
    if (startedMeanwhile !== undefined) return this.join(startedMeanwhile);
    if (epoch !== loads.epoch) throw new RedisInfraError('CLOSED', 'the cache was disconnected before the load began');
    return this.untilLeft(
      loads.start(mayWrite ? loadStore : undefined, { key, at, loader, options: resolved, namespace: space }),
    );
  }

  async set(key: string, value: unknown, ttl?: Duration | SetOptions): Promise<void> {
    const at = this.locate(key);
    const seconds = this.ttlSeconds(ttl);
    await this.write('set', 1, () => this.change(at, () => this.store.set(at, value, seconds)));
  }

  async setMany(entries: readonly CacheEntry[]): Promise<void> {
    checkEntries(entries);
    const writes = entries.map(({ key, value, ...options }) => ({
      key: this.locate(key),
      value,
      ttl: this.ttlSeconds(options),
    }));
    const at = writes.map(({ key }) => key);
    await this.write('setMany', at.length, () => this.changeAll(at, () => this.store.setMany(writes)));
  }

  async delete(key: string): Promise<boolean> {
    const at = this.locate(key);
    this.context.namespaceState.counters.invalidations++;
    return (await this.write('delete', 1, () => this.change(at, () => this.store.delete(at)))) ?? false;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const at = this.locateAll(keys);
    this.context.namespaceState.counters.invalidations += at.length;
    return (await this.write('deleteMany', at.length, () => this.changeAll(at, () => this.store.deleteMany(at)))) ?? 0;
  }

  async has(key: string): Promise<boolean> {
    return this.store.has(this.locate(key));
  }

  /**
   * Sets one field of a hash. A new hash gets the cache's `ttl`; an existing one keeps its expiry.
   * @throws WRONG_TYPE if the key holds another type
   */
  async hset(key: string, field: string, value: unknown): Promise<void> {
    const at = this.locate(key);
    await this.change(at, () => hsetExpiring(this.creation(at), field, value));
  }

  async hget<T>(key: string, field: string): Promise<T | undefined> {
    return this.store.hget<T>(this.locate(key), field);
  }

  async hgetall<T>(key: string): Promise<Record<string, T>> {
    return this.store.hgetall<T>(this.locate(key));
  }

  async hdel(key: string, ...fields: string[]): Promise<number> {
    const at = this.locate(key);
    return this.change(at, () => this.store.hdel(at, ...fields));
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    const at = this.locate(key);
    return this.change(at, () => this.store.expire(at, ttl));
  }

  async ttl(key: string): Promise<number | null | undefined> {
    return this.store.ttl(this.locate(key));
  }

  /**
   * Adds to a counter and returns the new count. A new counter gets the cache's `ttl`; an existing one keeps its expiry.
   * @throws WRONG_TYPE; COMMAND_FAILED if the count leaves the range of safe integers
   */
  async incr(key: string, amount = 1): Promise<number> {
    const at = this.locate(key);
    return this.change(at, () => incrExpiring(this.creation(at), amount));
  }

  /**
   * Removes every key of this namespace and of the namespaces inside it, and returns how many.
   * @throws the error of the store while it is unavailable
   */
  async clear(options: ClearOptions = {}): Promise<number> {
    checkOptions(options, ['wholeDatabase'], 'clear');
    if (options.wholeDatabase !== undefined) checkBoolean(options.wholeDatabase, 'clear.wholeDatabase');
    return (await this.flush()).removed;
  }

  /**
   * Removes every key of this namespace and of the namespaces inside it. Values of running loads are not stored. Other keys of the
   * database are not affected (no FLUSHDB).
   * @throws the error of the store while it is unavailable
   */
  async flush(): Promise<FlushReport> {
    const { namespaceState: space, flights } = this.context;
    space.counters.invalidations++;
    const removed = await flights.changePrefix(space.prefix, () => sweep(this.store, space.prefix));
    return { status: 'applied', removed };
  }

  /**
   * Returns a namespace inside this one. It inherits every option that it does not set. The same name is the same namespace. Its keys
   * are prefixed with the name and two colons: `cache:users::1`.
   * @throws RedisInfraError OPTION_INVALID
   */
  namespace(name: string, options: CacheOptions = {}): CacheService {
    return new CacheService(this.context.namespace(name, options));
  }

  /**
   * Returns the same cache with other limits: `cache.with({ deadline: '50ms' }).get(key)`. The deadline applies to the store commands
   * of the call. A load is shared, so it keeps its `loadTimeout` and its value is stored within the store's deadline. When the signal
   * is aborted, calls reject with DEADLINE_EXCEEDED, also while they wait for a load; the load continues and its value is stored.
   * @throws RedisInfraError UNSUPPORTED if the store has no `with()`; OPTION_INVALID
   */
  with(call: CallOptions): CacheService {
    return new CacheService(this.context.withLimits(call));
  }

  /** Reports what a read of this key would find now, and why. */
  async inspect(key: string): Promise<EntryReport> {
    const at = this.locate(key);
    const loading = this.context.loads.running(at) !== undefined;
    try {
      const [ttl, bytes, isValue] = await Promise.all([
        this.store.ttl(at),
        this.store.can?.codec?.bytes(at),
        this.isValue(at),
      ]);
      return reportEntry({ key, tier: this.layer, ttl, bytes, isValue, loading });
    } catch (error) {
      return reportUnavailable(key, storeFailure(error));
    }
  }

  /** Returns the namespace and the statistics; never the connection, which contains the password. */
  toJSON(): { readonly namespace: string; readonly stats: CacheStats } {
    return { namespace: this.context.namespaceState.prefix, stats: this.stats() };
  }

  /** @internal */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `CacheService '${this.context.namespaceState.prefix}'`;
  }

  /** Returns the counts of this namespace since it was created in this process. */
  stats(): CacheStats {
    return this.context.namespaceState.counters.snapshot();
  }

  /** True if a read finds a value. An unreadable value is a miss. */
  private async isValue(at: string): Promise<boolean> {
    const value = await this.store.get(at).catch((error: unknown) => {
      if (!storeFailure(error).code.startsWith('CODEC_')) throw error;
    });
    return value !== undefined;
  }

  /** One unreadable value rejects the whole batch, so reads the keys one by one to return the others. */
  private async getSingly<T>(at: readonly string[], error: unknown): Promise<(T | undefined)[]> {
    const failure = storeFailure(error);
    if (!failure.code.startsWith('CODEC_')) {
      this.failed('getMany', failure);
      return at.map(() => undefined);
    }
    return Promise.all(
      at.map((key) => this.store.get<T>(key).catch((cause: unknown) => this.failed('getMany', cause))),
    );
  }

  private locate(key: string): string {
    return this.context.namespaceState.locate(key);
  }

  private locateAll(keys: readonly string[]): string[] {
    checkKeys(keys);
    return keys.map((key) => this.locate(key));
  }

  private ttlSeconds(ttl: Duration | SetOptions | undefined): number | undefined {
    const ms = resolveSetTtl(ttl, this.context.defaults);
    return ms === null ? undefined : ms / 1000;
  }

  private creation(at: string): Creation {
    const onFailure = (error: unknown): unknown => this.failed('expire', error);
    return { store: this.store, at, ttl: this.ttlSeconds(undefined), onFailure };
  }

  private join<T>(load: Promise<T>): Promise<T> {
    this.context.namespaceState.counters.coalesced++;
    return this.untilLeft(load);
  }

  private untilLeft<T>(load: Promise<T>): Promise<T> {
    return untilAborted(load, this.context.limits.signal);
  }

  /**
   * Whether a loaded value is stored after a read failed with this code. A deadline set by the caller is no sign that
   * the store is unavailable.
   */
  private mayStore(code: ErrorCode): boolean {
    const isOwnDeadline = code === 'DEADLINE_EXCEEDED' && this.context.limits.deadline !== undefined;
    return isOwnDeadline || mayOverwrite(code);
  }

  private count(key: string, value: unknown): void {
    const { counters, events } = this.context.namespaceState;
    if (value === undefined) {
      counters.misses++;
      if (events.hears('miss')) events.emit('miss', { key });
      return;
    }
    counters.hits++;
    if (value === null) counters.negative++;
    if (events.hears('hit')) events.emit('hit', { key, layer: this.layer, stale: false });
  }

  private change<T>(at: string, change: () => Promise<T>): Promise<T> {
    return this.context.flights.change([at], change);
  }

  private changeAll<T>(at: readonly string[], change: () => Promise<T>): Promise<T> {
    return this.context.flights.change(at, change);
  }

  /** Runs a write that is skipped while the store is unavailable. */
  private async write<T>(operation: string, keys: number, write: () => Promise<T>): Promise<T | undefined> {
    try {
      return await write();
    } catch (error) {
      if (error instanceof RedisInfraError && error.code === 'CODEC_TOO_LARGE') throw error;
      this.failed(operation, error, { skipped: operation.startsWith('delete') ? 'removal' : 'write' });
      this.context.namespaceState.counters.skippedWrites += keys;
      return undefined;
    }
  }

  /** Counts a failure of the store and emits it. @throws the error itself if the caller caused it */
  private failed(
    operation: string,
    error: unknown,
    { failureOf = storeFailure, skipped }: FailureDetails = {},
  ): undefined {
    // The caller aborted the call: the store did not fail.
    if (this.context.limits.signal?.aborted === true) throw error;
    this.context.namespaceState.recordFailure(operation, failureOf(error), skipped);
    return undefined;
  }
}
