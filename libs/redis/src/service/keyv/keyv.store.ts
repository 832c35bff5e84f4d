import { EventEmitter } from 'node:events';
import type { Duration } from '../../common/duration.js';
import { checkBoolean, checkOptions, checkString } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CacheStore, KeyScanner } from '../../domain/cache-store.js';
import { isStore } from '../../domain/models/is-store.js';
import { RedisAdapter } from '../../adapters/redis.adapter.js';
import type { RedisConnection } from '../../config/redis-connection.js';
import { sweep } from '../cache/local/sweep.js';
import { KeyvLocation } from './keyv-location.js';

/** Options of a `KeyvStore`. */
export interface KeyvStoreOptions {
  /** Text in front of every key, after the prefix of the store. @default 'keyv:' */
  readonly keyPrefix?: string | undefined;
  /**
   * Whether reads reject when the store fails. Otherwise they emit `error` and miss. Writes always reject: Keyv emits
   * `error`, and rejects with its own `throwOnErrors`.
   * @default false
   */
  readonly throwOnErrors?: boolean | undefined;
}

/** One entry of `KeyvStore.setMany`. */
export interface KeyvStoreEntry {
  /** The key, as Keyv names it. */
  readonly key: string;
  /** What Keyv stores: its serialised text, or its object of value and expiry. */
  readonly value: unknown;
  /** Milliseconds. @default the value never expires */
  readonly ttl?: number | undefined;
}

export const KEYV_STORE_DEFAULTS = { keyPrefix: 'keyv:', throwOnErrors: false } as const satisfies KeyvStoreOptions;

/** The names of all `KeyvStoreOptions`. */
export const KEYV_STORE_OPTIONS = ['keyPrefix', 'throwOnErrors'] as const satisfies readonly (keyof KeyvStoreOptions)[];

/**
 * A storage adapter for Keyv on any `CacheStore`, for libraries that take a Keyv: `@nestjs/cache-manager`,
 * `cache-manager`, `cacheable`. Works with keyv 5 and 6. Give each Keyv its own `KeyvStore`: Keyv sets the namespace of
 * its adapter.
 *
 * With `serialize: undefined` and `deserialize: undefined` in the options of Keyv, values are encoded by the store
 * alone, so `Date`, `Map` and other rich values come back as they were.
 *
 * @example
 * const keyv = new Keyv({ store: new KeyvStore(redis), namespace: 'cities', serialize: undefined, deserialize: undefined });
 */
export class KeyvStore {
  /** Keyv iterates only stores of the dialects that it knows. */
  readonly opts: Record<string, unknown> = { dialect: 'redis' };
  private readonly keyPrefix: string;
  private readonly throwOnErrors: boolean;
  private readonly store: CacheStore;
  private readonly ownsStore: boolean;
  private readonly events = new EventEmitter();
  private location: KeyvLocation;
  private currentNamespace: string | undefined;

  /**
   * @param source a store (`RedisAdapter`, `MemoryAdapter`, `CacheService` or your own), which its owner closes; or
   * connection options as `RedisAdapter` takes them, for a connection that `disconnect` closes. On a `CacheService` a
   * value without `ttl` expires after the `ttl` of the cache.
   * @throws RedisInfraError OPTION_INVALID
   */
  constructor(source?: RedisConnection | CacheStore, options: KeyvStoreOptions = {}) {
    checkOptions(options, KEYV_STORE_OPTIONS, '');
    this.keyPrefix = checkString(options.keyPrefix ?? KEYV_STORE_DEFAULTS.keyPrefix, 'keyPrefix', true);
    this.throwOnErrors = checkBoolean(options.throwOnErrors ?? KEYV_STORE_DEFAULTS.throwOnErrors, 'throwOnErrors');
    this.ownsStore = !isStore(source, 'source');
    this.store = isStore(source, 'source') ? source : new RedisAdapter(source);
    this.location = new KeyvLocation(this.keyPrefix, undefined);
  }

  /**
   * The namespace of the keys. Keyv sets it.
   * @throws RedisInfraError OPTION_INVALID if it contains `::`, or begins or ends with a colon
   */
  get namespace(): string | undefined {
    return this.currentNamespace;
  }

  set namespace(namespace: string | undefined) {
    this.location = new KeyvLocation(this.keyPrefix, namespace);
    this.currentNamespace = namespace;
  }

  /** Subscribes to an event. The only one is `error`, with the failure of a read that does not reject. */
  on(event: string, listener: (error: unknown) => void): this {
    this.events.on(event, listener);
    return this;
  }

  /** Returns the value, or undefined if the key is absent. */
  async get<T>(key: string): Promise<T | undefined> {
    return this.reading(() => this.store.get<T>(this.location.locate(key)), undefined);
  }

  /** Returns one result for each key, in the order of the keys. */
  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    return this.reading(
      () => this.store.getMany<T>(this.locateAll(keys)),
      keys.map(() => undefined),
    );
  }

  /** Stores a value. @param ttl milliseconds; undefined and 0 never expire */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    await this.store.set(this.location.locate(key), value, durationOf(ttl));
    return true;
  }

  /** Stores several values. Not atomic: if it rejects, some entries may be stored. */
  async setMany(entries: readonly KeyvStoreEntry[]): Promise<void> {
    const located = entries.map(({ key, value, ttl }) => ({
      key: this.location.locate(key),
      value,
      ttl: durationOf(ttl),
    }));
    await this.store.setMany(located);
  }

  /** True if the key existed. */
  async delete(key: string): Promise<boolean> {
    return this.store.delete(this.location.locate(key));
  }

  /** True if one of the keys existed. */
  async deleteMany(keys: readonly string[]): Promise<boolean> {
    return (await this.store.deleteMany(this.locateAll(keys))) > 0;
  }

  /** True if the key exists. */
  async has(key: string): Promise<boolean> {
    return this.reading(() => this.store.has(this.location.locate(key)), false);
  }

  /** Returns one result for each key, in the order of the keys. */
  async hasMany(keys: readonly string[]): Promise<boolean[]> {
    return this.reading(
      () => Promise.all(this.locateAll(keys).map((key) => this.store.has(key))),
      keys.map(() => false),
    );
  }

  /**
   * Removes every key of the namespace, and of no other.
   * @throws RedisInfraError UNSUPPORTED if the store cannot scan its keys
   */
  async clear(): Promise<void> {
    this.scanner('clear()');
    await sweep(this.store, this.location.prefix);
  }

  /**
   * Yields the entries of the namespace. A key that is written meanwhile may be missed, or yielded twice.
   * @throws RedisInfraError UNSUPPORTED if the store cannot scan its keys
   */
  async *iterator<T>(namespace = this.namespace): AsyncGenerator<[string, T | undefined], void> {
    const location = new KeyvLocation(this.keyPrefix, namespace);
    for await (const { keys } of this.scanner('iterator()').scan({ prefix: location.prefix })) {
      const values = await this.store.getMany<T>(keys);
      for (const [i, key] of keys.entries()) {
        // The key was removed or has expired since the scan.
        if (values[i] !== undefined) yield [location.keyOf(key), values[i]];
      }
    }
  }

  /**
   * Closes the connection that was created for this adapter. A store that was passed in stays connected: it may have
   * other users.
   */
  async disconnect(): Promise<void> {
    if (this.ownsStore) await this.store.disconnect();
  }

  private locateAll(keys: readonly string[]): string[] {
    return keys.map((key) => this.location.locate(key));
  }

  private async reading<T>(read: () => Promise<T>, miss: T): Promise<T> {
    try {
      return await read();
    } catch (error) {
      // An emitter without a listener would throw.
      if (this.events.listenerCount('error') > 0) this.events.emit('error', error);
      if (this.throwOnErrors) throw error;
      return miss;
    }
  }

  private scanner(call: string): KeyScanner {
    const scanner = this.store.can?.keys;
    if (scanner !== undefined) return scanner;
    throw new RedisInfraError('UNSUPPORTED', `${call}: the store cannot scan its keys (can.keys)`);
  }
}

/** Keyv 5 turns 0 into undefined in most calls, but not in all. */
function durationOf(ttlMs: number | undefined): Duration | undefined {
  return ttlMs === undefined || ttlMs === 0 ? undefined : `${ttlMs}ms`;
}
