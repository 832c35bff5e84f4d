import type { Duration } from '../../../common/duration.js';
import { checkBoolean, checkOptions } from '../../../common/options.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { ClearOptions } from '../../../domain/cache-store.js';
import type { EntryWrite, ScopeVersions } from '../../../domain/entry-store.js';
import { checkAmount } from '../../../domain/models/counter.js';
import { checkField } from '../../../domain/models/cache-key.js';
import { checkStorable } from '../../../domain/models/stored-value.js';
import { ttlMs } from '../../../domain/models/time-to-live.js';
import type { SkippedChange } from '../cache-events.js';
import type { CacheContext } from '../cache-context.js';
import { entryOf } from '../entry/entry-write.js';
import { hashesOfTags } from '../entry/tag-hash.js';
import { resolveSetOptions, type ResolvedSetOptions, type SetOptions } from '../options/set-options.js';
import { storeFailure } from '../store-failures.js';
import type { CacheOperation, OperationOutcome } from '../statistics/cache-operation.js';
import { checkCacheEntries, type CacheEntry } from './cache-entries.js';
import type { CacheInvalidations } from './cache-invalidations.js';

/** A write that is skipped if the store fails. */
interface SkippableWrite {
  readonly operation: CacheOperation;
  readonly kind: SkippedChange;
  /** The keys in the store. */
  readonly at: readonly string[];
}

/** A checked value. */
interface ValueWrite {
  /** The key in the store. */
  readonly key: string;
  readonly value: unknown;
  readonly options: ResolvedSetOptions;
  readonly isEntry: boolean;
}

type KeyedEntry = EntryWrite & { readonly key: string };

/**
 * The changes of a cache. Each ends the lease of its keys, so that a load that began before does not store its value.
 * If the store fails, `set`, `setMany`, `delete` and `deleteMany` are skipped, and the others reject. A store with a
 * fallback journals them instead.
 */
export class CacheWrites {
  constructor(
    private readonly context: CacheContext,
    private readonly invalidations: CacheInvalidations,
  ) {}

  async set(key: string, value: unknown, ttlOrOptions: Duration | SetOptions | undefined): Promise<void> {
    const write = this.valueOf(key, value, ttlOrOptions);
    const { key: at, isEntry } = write;
    await this.skippable({ operation: 'set', kind: 'write', at: [at] }, () =>
      isEntry ? this.writeEntries([write]) : this.change(at, () => this.context.entries.write(at, plainEntry(write))),
    );
  }

  async setMany(entries: readonly CacheEntry[]): Promise<void> {
    checkCacheEntries(entries);
    const values = entries.map(({ key, value, ...options }) => this.valueOf(key, value, options));
    const at = values.map(({ key }) => key);
    await this.skippable({ operation: 'setMany', kind: 'write', at }, () =>
      values.some(({ isEntry }) => isEntry)
        ? this.writeEntries(values)
        : this.context.engine.change(at, () => this.context.entries.writeMany(values.map(plainEntry))),
    );
  }

  async delete(key: string): Promise<boolean> {
    const { entries, namespaceState: namespace } = this.context;
    const at = namespace.locate(key);
    namespace.recordInvalidation('key');
    const write: SkippableWrite = { operation: 'delete', kind: 'removal', at: [at] };
    return (await this.skippable(write, () => this.change(at, () => entries.remove([at]))))?.removed === 1;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const { entries, engine, namespaceState: namespace } = this.context;
    const at = namespace.locateAll(keys);
    namespace.recordInvalidation('key', at.length);
    const write: SkippableWrite = { operation: 'deleteMany', kind: 'removal', at };
    return (await this.skippable(write, () => engine.change(at, () => entries.remove(at))))?.removed ?? 0;
  }

  async hset(key: string, field: string, value: unknown): Promise<void> {
    const at = this.context.namespaceState.locate(key);
    checkField(field);
    checkStorable(value);
    await this.measured('hset', at, () => this.context.entries.hset(at, field, value, this.createdTtlMs));
  }

  async hdel(key: string, fields: readonly string[]): Promise<number> {
    const at = this.context.namespaceState.locate(key);
    fields.forEach(checkField);
    return fields.length === 0 ? 0 : this.measured('hdel', at, () => this.context.entries.hdel(at, fields));
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    const at = this.context.namespaceState.locate(key);
    const expiresAfterMs = ttlMs(ttl);
    return this.measured('expire', at, () => this.context.entries.expire(at, expiresAfterMs));
  }

  async incr(key: string, amount: number): Promise<number> {
    const at = this.context.namespaceState.locate(key);
    checkAmount(amount);
    return this.measured('incr', at, () => this.context.entries.incr(at, amount, this.createdTtlMs));
  }

  async clear(options: ClearOptions): Promise<number> {
    checkOptions(options, ['wholeDatabase'], 'clear');
    if (options.wholeDatabase !== undefined) checkBoolean(options.wholeDatabase, 'clear.wholeDatabase');
    return (await this.invalidations.flush({})).removed ?? 0;
  }

  /** Runs a change that is skipped if the store fails. Resolves with undefined if it was skipped. */
  private async skippable<T>(
    { operation, kind, at }: SkippableWrite,
    change: () => Promise<T>,
  ): Promise<T | undefined> {
    const { context } = this;
    const { statistics, counters } = context.namespaceState;
    const beganMs = context.nowMs;
    let outcome: OperationOutcome = 'error';
    try {
      const result = await change();
      outcome = 'ok';
      return result;
    } catch (error) {
      if (error instanceof RedisInfraError && isCodecFailure(error)) {
        statistics.failed(error.code);
        throw error;
      }
      context.recordFailure(operation, storeFailure(error), kind);
      counters.skippedWrites += at.length;
      outcome = 'degraded';
      return undefined;
    } finally {
      statistics.ended(operation, context.nowMs - beganMs, outcome);
    }
  }

  private measured<T>(operation: CacheOperation, at: string, change: () => Promise<T>): Promise<T> {
    return this.context.measure(operation, () => this.change(at, change));
  }

  private change<T>(at: string, change: () => Promise<T>): Promise<T> {
    return this.context.engine.change([at], change);
  }

  private valueOf(key: string, value: unknown, ttlOrOptions: Duration | SetOptions | undefined): ValueWrite {
    const { context } = this;
    const at = context.namespaceState.locate(key);
    const options = resolveSetOptions(ttlOrOptions, context.defaults);
    checkStorable(value);
    // Other clients can read a plain value.
    const isEntry = typeof ttlOrOptions === 'object' && needsEntry(options);
    return { key: at, value, options: isEntry ? context.supported(options) : options, isEntry };
  }

  /** Writes values when the versions for their entries are known. Later calls on their keys wait for that. */
  private writeEntries(values: readonly ValueWrite[]): Promise<void> {
    const { entries, engine } = this.context;
    const keys = values.map(({ key }) => key);
    return engine.changeWhenReady(keys, this.entriesOf(values), (ready) => entries.writeMany(ready));
  }

  /** What is stored for these values. An entry has the newest version from before the write. */
  private async entriesOf(values: readonly ValueWrite[]): Promise<readonly KeyedEntry[]> {
    const { entries } = this.context;
    const versionsOf = this.versionsByShard();
    return Promise.all(
      values.map(async (write) => {
        if (!write.isEntry) return plainEntry(write);
        const { key, value, options } = write;
        const { clock } = await versionsOf(key);
        const facts = { nowMs: await entries.now(key), clock, tags: hashesOfTags(options.tags), loadMs: undefined };
        return { key, ...entryOf(value, options, facts) };
      }),
    );
  }

  /** Reads the versions that judge the value of a key, once for each shard. */
  private versionsByShard(): (key: string) => Promise<ScopeVersions> {
    const { entries, scope, store } = this.context;
    const byShard = new Map<string | undefined, Promise<ScopeVersions>>();
    return (key) => {
      const shard = store.can?.shards?.shardOf(key);
      let versions = byShard.get(shard);
      if (versions === undefined) byShard.set(shard, (versions = entries.versions(scope, key)));
      return versions;
    };
  }

  /** The time to live of a counter or hash that a call creates. */
  private get createdTtlMs(): number | undefined {
    const { ttlMs: created } = this.context.defaults;
    return created === null ? undefined : Math.ceil(created);
  }
}

/** The value cannot be stored, whatever the store: the caller must know. */
function isCodecFailure({ code }: RedisInfraError): boolean {
  return code === 'CODEC_TOO_LARGE' || code === 'CODEC_SERIALIZE';
}

function needsEntry({ staleWhileRevalidateMs, staleIfErrorMs, tags }: ResolvedSetOptions): boolean {
  return staleWhileRevalidateMs > 0 || staleIfErrorMs > 0 || tags.length > 0;
}

function plainEntry({ key, value, options: { ttlMs: expiresAfterMs } }: ValueWrite): KeyedEntry {
  return { key, value, meta: undefined, ttlMs: expiresAfterMs === null ? undefined : Math.ceil(expiresAfterMs) };
}
