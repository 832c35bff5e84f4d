import type { Duration } from '../../common/duration.js';
import type { ErrorCode } from '../../common/error-codes.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { On } from '../../common/typed-emitter.js';
import { checkBoolean, checkOptions, optionInvalid } from '../../common/options.js';
import type { RedisConnection } from '../../config/redis-connection.js';
import type { CacheStore, CallOptions, ClearOptions } from '../../domain/cache-store.js';
import { checkEntries, checkKeys } from '../../domain/models/cache-key.js';
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
  /** Turns the error into the store's failure, or throws it. @default `storeFailure` */
  readonly failureOf?: typeof storeFailure;
  /** The change that was not applied. */
  readonly skipped?: SkippedChange;
}

/** One entry of `setMany`. */
export type CacheEntry = { readonly key: string; readonly value: unknown } & SetOptions;

export interface FlushReport {
  readonly status: 'applied';
  /** How many keys were removed. */
  readonly removed: number;
}

/**
 * A cache over any `CacheStore`: loads shared by all who ask meanwhile, values that were deleted never coming back through a load
 * that was already running, namespaces, and calm while the store is away.
 *
 * While the store is away `get`, `getMany`, `getOrSet`, `set`, `setMany`, `delete`, `deleteMany`, `connect` and `inspect` do not
 * reject: reads miss, loaders run, writes are counted as skipped. What has no honest answer passes on the store's own error.
 *
 * @example
 * const cache = new CacheService('redis://127.0.0.1:6379');
 * const city = await cache.getOrSet('city:bern', () => findCity('Bern'), { ttl: '10m' });
 */
export class CacheService implements CacheStore {
  /** The store underneath, for what is not the cache's: it knows nothing of namespaces. */
  readonly store: CacheStore;
  /** Subscribes to an event of this namespace; the function it returns ends the subscription. */
  readonly on: On<CacheEvents>;
  private readonly context: CacheContext;
  private readonly layer: 'redis' | 'memory';

  /**
   * Over a Redis of its own: a url, options or a `RedisConfig`; left out: the environment's, else the embedded store.
   * @throws RedisInfraError OPTION_INVALID with the option's path.
   */
  constructor(connection?: RedisConnection, options?: StandaloneOptions);
  /** Over a store that is there already. */
  constructor(store: CacheStore, options?: CacheOptions);
  /** @internal */
  constructor(context: CacheContext);
  constructor(source?: RedisConnection | CacheStore | CacheContext, options: StandaloneOptions = {}) {
    this.context = source instanceof CacheContext ? source : CacheContext.create(source, options);
    this.store = this.context.store;
    this.on = this.context.namespaceState.events.on;
    this.layer = this.store.can?.link?.tier ?? 'redis';
  }

  /** Resolves when the store is there, or known to be away for now: it is tried again in the background. @throws what waiting does not mend, such as wrong credentials. */
  async connect(): Promise<void> {
    try {
      await this.store.connect();
    } catch (error) {
      if (error instanceof RedisInfraError && !error.retryable) throw error;
      this.failed('connect', error);
    }
  }

  /** Ends running loads, and disconnects the store. */
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
   * The value, or what the loader gives: then it is stored. Callers of one key share one load, its value or its rejection.
   * A loader that gives undefined, or says `ctx.skip()`, stores nothing. With a key that is too long for the store the value is loaded,
   * not stored, and counted as a skipped write.
   * @throws what the loader throws; LOAD_TIMEOUT; OPTION_INVALID, KEY_INVALID
   */
  async getOrSet<T>(key: string, loader: Loader<T>, options?: EntryOptions): Promise<T> {
    const resolved = resolveEntryOptions(options, this.context.defaults);
    if (typeof loader !== 'function') throw optionInvalid('loader', 'must be a function that gives the value');
    const { loads, loadStore, namespaceState: space } = this.context;
    const at = space.locateLoad(key);
    const running = loads.running<T>(at);
    if (running !== undefined) return this.join(running);
    const { epoch } = loads;
    let mayWrite = true;
    const found = await this.store.get<T>(at).catch((error: unknown) => {
      mayWrite = this.mayStore(loadFailure(error).code);
      return this.failed('getOrSet', error, { failureOf: loadFailure });
    });
    this.count(key, found);
    if (found !== undefined) return found;
    const meanwhile = loads.running<T>(at);
    if (meanwhile !== undefined) return this.join(meanwhile);
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

  /** Sets a field; a hash that this creates gets the cache's `ttl`, and an existing one keeps its expiry. @throws WRONG_TYPE */
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

  /** Adds to a counter; one that this creates gets the cache's `ttl`, and an existing one keeps its expiry. @throws WRONG_TYPE; COMMAND_FAILED */
  async incr(key: string, amount = 1): Promise<number> {
    const at = this.locate(key);
    return this.change(at, () => incrExpiring(this.creation(at), amount));
  }

  /** Removes every key of this namespace, and of those inside it; answers how many. @throws the store's own error while it is away. */
  async clear(options: ClearOptions = {}): Promise<number> {
    checkOptions(options, ['wholeDatabase'], 'clear');
    if (options.wholeDatabase !== undefined) checkBoolean(options.wholeDatabase, 'clear.wholeDatabase');
    return (await this.flush()).removed;
  }

  /**
   * Removes every key of this namespace, and of those inside it, and resolves when they are gone. Loads that are running are not
   * stored. Never FLUSHDB: other keys stay. @throws the store's own error while it is away.
   */
  async flush(): Promise<FlushReport> {
    const { namespaceState: space, flights } = this.context;
    space.counters.invalidations++;
    const removed = await flights.changePrefix(space.prefix, () => sweep(this.store, space.prefix));
    return { status: 'applied', removed };
  }

  /**
   * A cache of its own keys inside this one, with this one's options where it says none. The same name is the same namespace. In the
   * store its keys lie under the name and two colons: `cache:users::1`.
   * @throws OPTION_INVALID
   */
  namespace(name: string, options: CacheOptions = {}): CacheService {
    return new CacheService(this.context.namespace(name, options));
  }

  /**
   * The same cache under other limits: `cache.with({ deadline: '50ms' }).get(key)`. The deadline limits what the store is asked for
   * this call. A load is shared: it has its own `loadTimeout`, and its value is stored within the store's own deadline. After the
   * signal is aborted, calls reject with DEADLINE_EXCEEDED, also while they wait for a load; the load goes on, for other callers or
   * for those who come later.
   * @throws UNSUPPORTED where the store has none; OPTION_INVALID */
  with(call: CallOptions): CacheService {
    return new CacheService(this.context.withLimits(call));
  }

  /** What a read of this key would find now, and why, in words. */
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

  /** What may be shown of it; nothing of the connection, which holds the password. */
  toJSON(): { readonly namespace: string; readonly stats: CacheStats } {
    return { namespace: this.context.namespaceState.prefix, stats: this.stats() };
  }

  /** @internal */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `CacheService '${this.context.namespaceState.prefix}'`;
  }

  /** The counts of this namespace, since it was made. */
  stats(): CacheStats {
    return this.context.namespaceState.counters.snapshot();
  }

  /** True for what a read finds; a value that cannot be read is a miss. */
  private async isValue(at: string): Promise<boolean> {
    const value = await this.store.get(at).catch((error: unknown) => {
      if (!storeFailure(error).code.startsWith('CODEC_')) throw error;
    });
    return value !== undefined;
  }

  /** One value that cannot be read fails the whole batch: asked one by one, the others are there. */
  private async getSingly<T>(at: readonly string[], error: unknown): Promise<(T | undefined)[]> {
    const failure = storeFailure(error);
    if (!failure.code.startsWith('CODEC_')) {
      this.failed('getMany', failure);
      return at.map(() => undefined);
    }
    return Promise.all(at.map((key) => this.store.get<T>(key).catch((one: unknown) => this.failed('getMany', one))));
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

  /** After a read that failed so, whether a loaded value is stored. A caller's own deadline that passed says nothing of the store. */
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

  /** A write that the cache may leave out while the store is away. */
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

  /** Counts and tells a failure of the store. @throws the error itself where it is the caller's. */
  private failed(
    operation: string,
    error: unknown,
    { failureOf = storeFailure, skipped }: FailureDetails = {},
  ): undefined {
    // The caller ended the call: that is no absence of the store.
    if (this.context.limits.signal?.aborted === true) throw error;
    this.context.namespaceState.recordFailure(operation, failureOf(error), skipped);
    return undefined;
  }
}
