import type { Duration } from '../common/duration.js';
import type { CacheStore, ClearOptions, SetEntry, StoreCapabilities } from '../domain/cache-store.js';
import { checkEntries, checkField } from '../domain/models/cache-key.js';
import { checkClear } from '../domain/models/clear-scope.js';
import { checkAmount } from '../domain/models/counter.js';
import { checkStorable } from '../domain/models/stored-value.js';
import { replaceCapabilities } from '../domain/models/store-capabilities.js';
import { optionalTtlMs, ttlMs } from '../domain/models/time-to-live.js';
import type { CallContext } from './calls/call-context.js';
import type { MemoryStore } from './memory/memory.store.js';
import type { RedisStore } from './redis/redis.store.js';

/** A store, and the context of the calls of one of its views. */
export class StoreView<S extends RedisStore | MemoryStore> {
  constructor(
    readonly store: S,
    readonly context: CallContext,
  ) {}
}

/**
 * The methods of `CacheStore` for both stores: checks the arguments, adds the key prefix, and passes the call to the
 * store, with the context of this view. A view consists of two references, so it costs next to nothing.
 */
export abstract class StoreAdapter implements CacheStore {
  /** @internal */
  protected readonly store: RedisStore | MemoryStore;
  /** @internal */
  protected readonly context: CallContext;
  /** Created on first use, because most views serve a single call, which does not need it. */
  private capabilities: StoreCapabilities | undefined = undefined;

  /** @internal */
  protected constructor({ store, context }: StoreView<RedisStore | MemoryStore>) {
    this.store = store;
    this.context = context;
  }

  /** @internal The same store with another context. */
  protected abstract withContext(context: CallContext): CacheStore;

  /** The capabilities of the store, within the limits and with the codec of this view. */
  get can(): StoreCapabilities {
    return (this.capabilities ??= this.createCapabilities());
  }

  /** @internal An object that inherits from an adapter may have other capabilities, or none. */
  set can(capabilities: StoreCapabilities | undefined) {
    replaceCapabilities(this, capabilities);
  }

  connect(): Promise<void> {
    return this.store.connect();
  }

  disconnect(): Promise<void> {
    return this.store.disconnect();
  }

  /** Not an `async` function: this is the hot path, and `async` would add microtasks to each call. */
  get<T>(key: string): Promise<T | undefined> {
    try {
      return this.store.values.get<T>(this.locate(key), this.context);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    return this.store.values.getMany<T>(this.locateAll(keys), this.context);
  }

  async set(key: string, value: unknown, ttl?: Duration): Promise<void> {
    const at = this.locate(key);
    const expiresAfterMs = optionalTtlMs(ttl);
    checkStorable(value);
    return this.store.values.set(at, value, expiresAfterMs, this.context);
  }

  async setMany(entries: readonly SetEntry[]): Promise<void> {
    checkEntries(entries);
    const checked = entries.map(({ key, value, ttl }) => ({ key: this.locate(key), value, ttlMs: optionalTtlMs(ttl) }));
    for (const { value } of checked) checkStorable(value);
    return this.store.values.setMany(checked, this.context);
  }

  async delete(key: string): Promise<boolean> {
    return this.store.keys.delete(this.locate(key), this.context);
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    return this.store.keys.deleteMany(this.locateAll(keys), this.context);
  }

  async has(key: string): Promise<boolean> {
    return this.store.keys.has(this.locate(key), this.context);
  }

  async hset(key: string, field: string, value: unknown): Promise<void> {
    return this.setField(key, field, value, undefined);
  }

  async hget<T>(key: string, field: string): Promise<T | undefined> {
    const at = this.locate(key);
    checkField(field);
    return this.store.hashes.get<T>(at, field, this.context);
  }

  async hgetall<T>(key: string): Promise<Record<string, T>> {
    return this.store.hashes.getAll<T>(this.locate(key), this.context);
  }

  async hdel(key: string, ...fields: string[]): Promise<number> {
    const at = this.locate(key);
    fields.forEach(checkField);
    return fields.length === 0 ? 0 : this.store.hashes.delete(at, fields, this.context);
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    return this.store.keys.expire(this.locate(key), ttlMs(ttl), this.context);
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const remainingMs = await this.store.keys.ttlMs(this.locate(key), this.context);
    return typeof remainingMs === 'number' ? remainingMs / 1000 : remainingMs;
  }

  async incr(key: string, amount = 1): Promise<number> {
    return this.addToCounter(key, amount, undefined);
  }

  async clear(options: ClearOptions = {}): Promise<number> {
    checkClear(options, this.store.keySpace.prefix);
    return this.store.keys.removeAll('', this.context);
  }

  private locate(key: string): string {
    return this.store.keySpace.locate(key);
  }

  private locateAll(keys: readonly string[]): string[] {
    return this.store.keySpace.locateAll(keys);
  }

  /** @param ttl the time to live of a hash that the call creates. @default it never expires */
  private async setField(key: string, field: string, value: unknown, ttl: Duration | undefined): Promise<void> {
    const at = this.locate(key);
    checkField(field);
    const expiresAfterMs = optionalTtlMs(ttl);
    checkStorable(value);
    return this.store.hashes.set(at, field, value, expiresAfterMs, this.context);
  }

  /** @param ttl the time to live of a counter that the call creates. @default it never expires */
  private async addToCounter(key: string, amount: number, ttl: Duration | undefined): Promise<number> {
    const at = this.locate(key);
    checkAmount(amount);
    return this.store.counters.add(at, amount, optionalTtlMs(ttl), this.context);
  }

  private createCapabilities(): StoreCapabilities {
    const { store, context } = this;
    return Object.freeze<StoreCapabilities>({
      link: store.link,
      entries: store.entriesFor(context),
      feed: store.feed,
      scripts: store.scripts.hostFor(context),
      keys: {
        keyPrefix: store.keySpace.prefix,
        nodes: () => store.keys.nodes(context),
        scan: (options) => store.keys.scan(options, context),
        removeAll: (prefix) => store.keys.removeAll(prefix, context),
      },
      codec: {
        types: context.codec.types.all,
        with: (options, path) => this.withContext({ ...context, codec: store.createCodec(options, path) }),
        bytes: async (key) => store.values.bytes(this.locate(key), context),
      },
      expiringCreation: {
        incr: (key, amount, ttl) => this.addToCounter(key, amount, ttl),
        hset: (key, field, value, ttl) => this.setField(key, field, value, ttl),
      },
    });
  }
}
