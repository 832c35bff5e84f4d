import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import type { EntryStore, VersionScope } from '../../../src/domain/entry-store.js';
import type { CacheUnderTest, Engine, EngineParts, HistoryLoader } from './engine-under-test.js';
import { ReferenceEntries, isStoreError, tagHash } from './reference-entries.js';
import { ReferenceLoads } from './reference-loads.js';

/**
 * The smallest cache that keeps the guarantees: every load holds a lease, and nothing is copied. The checker must find
 * nothing wrong with it.
 */
export const referenceEngine: Engine = {
  name: 'leases without copies',
  keepsNearCopies: false,
  create: (parts) => new ReferenceCache(parts, new ReferenceLoads(parts), ['cache:']),
};

class ReferenceCache implements CacheUnderTest {
  private readonly prefix: string;
  private readonly scope: VersionScope;
  private readonly store: EntryStore;
  private readonly entries: ReferenceEntries;

  constructor(
    private readonly parts: EngineParts,
    private readonly loads: ReferenceLoads,
    prefixes: VersionScope['prefixes'],
  ) {
    this.scope = { prefixes };
    this.prefix = prefixes.at(-1) ?? '';
    this.store = parts.entries;
    this.entries = new ReferenceEntries(parts.entries, parts.options);
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    return this.loads.close();
  }

  namespace(name: string): CacheUnderTest {
    return new ReferenceCache(this.parts, this.loads, ['cache:', `cache:${name}::`]);
  }

  async get(key: string): Promise<unknown> {
    return whileAvailable(async () => {
      const read = await this.store.read(this.prefix + key, this.scope);
      return (await this.entries.isFresh(this.scope, read, read.versions)) ? read.stored?.value : undefined;
    });
  }

  async getOrSet(key: string, loader: HistoryLoader, options?: { readonly tags: readonly string[] }): Promise<unknown> {
    return this.loads.getOrLoad({ at: this.prefix + key, scope: this.scope, loader, tags: options?.tags ?? [] });
  }

  async set(key: string, value: unknown, options?: { readonly tags: readonly string[] }): Promise<void> {
    const at = this.prefix + key;
    await whileAvailable(async () => {
      if (options === undefined) {
        return this.store.write(at, { value, meta: undefined, ttlMs: this.parts.options.ttlMs });
      }
      const { nowMs, versions } = await this.store.read(at, this.scope);
      return this.store.write(at, this.entries.entry(value, nowMs, versions.clock, options.tags));
    });
  }

  delete(key: string): Promise<unknown> {
    return whileAvailable(() => this.store.remove([this.prefix + key]));
  }

  incr(key: string): Promise<number> {
    return this.store.incr(this.prefix + key, 1, this.parts.options.ttlMs);
  }

  invalidateTags(tags: readonly string[], { keepForErrors }: { readonly keepForErrors: boolean }): Promise<unknown> {
    const hashes = tags.map(tagHash);
    return whileAvailable(() => this.store.invalidateTags(this.scope, hashes, { keepForErrors, seen: 0 }));
  }

  async flush({ wait }: { readonly wait: boolean }): Promise<unknown> {
    const versions = await whileAvailable(() => this.store.raiseFloor(this.scope, 0));
    if (versions === undefined) return undefined;
    const swept = whileAvailable(() => this.store.sweep(this.scope, versions.floor));
    return wait ? swept : undefined;
  }
}

/** The result, or undefined if the store is unavailable. */
async function whileAvailable<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isStoreError(error) || !(error instanceof RedisInfraError)) return undefined;
    throw error;
  }
}
