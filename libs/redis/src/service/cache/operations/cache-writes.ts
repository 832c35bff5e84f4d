import type { Duration } from '../../../common/duration.js';
import { checkBoolean, checkOptions } from '../../../common/options.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { ClearOptions } from '../../../domain/cache-store.js';
import { checkEntries } from '../../../domain/models/cache-key.js';
import type { SkippedChange } from '../cache-events.js';
import { resolveSetTtl, type SetOptions } from '../cache-options.js';
import type { CacheContext } from '../cache-context.js';
import { storeFailure } from '../store-failures.js';
import { hsetExpiring, incrExpiring, type Creation } from './expiring-creation.js';
import { sweep } from './sweep.js';

/** One entry of `CacheService.setMany`. */
export type CacheEntry = {
  /** The key, without prefix and namespace. */
  readonly key: string;
  /** Any value that the codec can encode, except `undefined`. */
  readonly value: unknown;
} & SetOptions;

/** The result of `CacheService.flush`. */
export interface FlushReport {
  /** The number of keys removed. */
  readonly removed: number;
}

/** A write that is skipped while the store is unavailable. */
interface SkippableWrite {
  readonly operation: string;
  readonly kind: SkippedChange;
  /** The keys in the store. */
  readonly at: readonly string[];
}

/**
 * The changes of a cache. Each fences the running loads of its keys, so that a load does not store an older value.
 * `set`, `setMany`, `delete` and `deleteMany` are skipped while the store is unavailable; the others reject.
 */
export class CacheWrites {
  constructor(private readonly context: CacheContext) {}

  async set(key: string, value: unknown, ttl: Duration | SetOptions | undefined): Promise<void> {
    const { store } = this.context;
    const at = this.context.namespaceState.locate(key);
    const seconds = this.ttlSeconds(ttl);
    await this.skippable({ operation: 'set', kind: 'write', at: [at] }, () => store.set(at, value, seconds));
  }

  async setMany(entries: readonly CacheEntry[]): Promise<void> {
    checkEntries(entries);
    const { store } = this.context;
    const writes = entries.map(({ key, value, ...options }) => ({
      key: this.context.namespaceState.locate(key),
      value,
      ttl: this.ttlSeconds(options),
    }));
    const at = writes.map(({ key }) => key);
    await this.skippable({ operation: 'setMany', kind: 'write', at }, () => store.setMany(writes));
  }

  async delete(key: string): Promise<boolean> {
    const { store, namespaceState: namespace } = this.context;
    const at = namespace.locate(key);
    namespace.counters.invalidations++;
    const write: SkippableWrite = { operation: 'delete', kind: 'removal', at: [at] };
    return (await this.skippable(write, () => store.delete(at))) ?? false;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const { store, namespaceState: namespace } = this.context;
    const at = namespace.locateAll(keys);
    namespace.counters.invalidations += at.length;
    const write: SkippableWrite = { operation: 'deleteMany', kind: 'removal', at };
    return (await this.skippable(write, () => store.deleteMany(at))) ?? 0;
  }

  async hset(key: string, field: string, value: unknown): Promise<void> {
    const at = this.context.namespaceState.locate(key);
    await this.change(at, () => hsetExpiring(this.creation(at), field, value));
  }

  async hdel(key: string, fields: readonly string[]): Promise<number> {
    const at = this.context.namespaceState.locate(key);
    return this.change(at, () => this.context.store.hdel(at, ...fields));
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    const at = this.context.namespaceState.locate(key);
    return this.change(at, () => this.context.store.expire(at, ttl));
  }

  async incr(key: string, amount: number): Promise<number> {
    const at = this.context.namespaceState.locate(key);
    return this.change(at, () => incrExpiring(this.creation(at), amount));
  }

  async clear(options: ClearOptions): Promise<number> {
    checkOptions(options, ['wholeDatabase'], 'clear');
    if (options.wholeDatabase !== undefined) checkBoolean(options.wholeDatabase, 'clear.wholeDatabase');
    return (await this.flush()).removed;
  }

  async flush(): Promise<FlushReport> {
    const { store, flights, namespaceState: namespace } = this.context;
    namespace.counters.invalidations++;
    const removed = await flights.changePrefix(namespace.prefix, () => sweep(store, namespace.prefix));
    return { removed };
  }

  /** Runs a write that is skipped while the store is unavailable. Resolves with undefined if it was skipped. */
  private async skippable<T>({ operation, kind, at }: SkippableWrite, write: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.context.flights.change(at, write);
    } catch (error) {
      if (error instanceof RedisInfraError && error.code === 'CODEC_TOO_LARGE') throw error;
      this.context.recordFailure(operation, storeFailure(error), kind);
      this.context.namespaceState.counters.skippedWrites += at.length;
      return undefined;
    }
  }

  private change<T>(at: string, change: () => Promise<T>): Promise<T> {
    return this.context.flights.change([at], change);
  }

  private creation(at: string): Creation {
    const { context } = this;
    const onFailure = (error: unknown): unknown => context.recordFailure('expire', storeFailure(error));
    return { store: context.store, at, ttl: this.ttlSeconds(undefined), onFailure };
  }

  /** In seconds, the unit of the port; undefined means that the key never expires. */
  private ttlSeconds(ttl: Duration | SetOptions | undefined): number | undefined {
    const ms = resolveSetTtl(ttl, this.context.defaults);
    return ms === null ? undefined : ms / 1000;
  }
}
