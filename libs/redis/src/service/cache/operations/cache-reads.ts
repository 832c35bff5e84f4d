import { optionInvalid } from '../../../common/options.js';
import { checkKey, checkKeys } from '../../../domain/models/cache-key.js';
import type { CacheContext } from '../cache-context.js';
import { isDueForRefresh } from '../entry/early-refresh.js';
import type { JudgedValue } from '../entry/entry-validity.js';
import type { BatchLoader } from '../loads/batch-load.js';
import type { Loader } from '../loads/load-context.js';
import type { NearCopy } from '../near/near-copy.js';
import type { NearNamespace } from '../near/near-namespace.js';
import { resolveEntryOptions, type EntryOptions, type ResolvedEntryOptions } from '../options/entry-options.js';
import { storeFailure } from '../store-failures.js';
import { EntryReader, freshValue } from './entry-reader.js';
import { GetOrSetCall } from './get-or-set.js';
import { getOrSetMany } from './get-or-set-many.js';

/**
 * The reads of a cache. They see an entry while it is fresh. While the store is unavailable, `get`, `getMany` and
 * `getOrSet` miss and loaders run; the others reject.
 */
export class CacheReads {
  private readonly reader: EntryReader;
  private readonly near: NearNamespace | undefined;

  constructor(private readonly context: CacheContext) {
    this.reader = new EntryReader(context);
    this.near = context.near?.namespace(context.scope);
  }

  /** Not an `async` function: this is the hot path, and `async` would add microtasks to each call. */
  get<T>(key: string): Promise<T | undefined> {
    const { context, near } = this;
    try {
      const copy = near?.peek(key);
      if (near !== undefined && copy !== undefined) return this.promiseNear<T>(near, key, copy);
      return this.reader.get<T>(key, context.namespaceState.locate(key));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  peek<T>(key: string): T | undefined {
    const { near } = this;
    const copy = near?.peek(key);
    if (near !== undefined && copy !== undefined) return near.valueOf<T>(copy);
    checkKey(key);
    return undefined;
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const { context, near } = this;
    const at = context.namespaceState.locateAll(keys);
    const copies = keys.map((key) => near?.peek(key));
    const missing = at.filter((_, i) => copies[i] === undefined);
    const reads = missing.length === 0 ? [] : await this.readMany<T>(missing);
    let next = 0;
    return keys.map((key, i) => {
      const copy = copies[i];
      if (near !== undefined && copy !== undefined) return this.hitNear<T>(near, key, copy);
      const value = freshValue(reads?.[next++]);
      context.namespaceState.recordRead(key, value, context.layer);
      return value;
    });
  }

  /** Not an `async` function either. */
  getOrSet<T>(key: string, loader: Loader<T>, options: EntryOptions | undefined): Promise<T> {
    const { context, reader, near } = this;
    try {
      const resolved = context.supported(resolveEntryOptions(options, context.defaults));
      checkLoader(loader, 'must be a function that returns the value');
      // Before the stored key is built, which costs as much as the rest of a hit.
      const copy = near?.peek(key);
      if (near !== undefined && copy !== undefined && !this.isDue(near, copy, resolved))
        return this.promiseNear<T>(near, key, copy);
      const at = context.namespaceState.locateLoad(key);
      return new GetOrSetCall<T>({ context, reader, key, at, loader, options: resolved }).run();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async getOrSetMany<T>(
    keys: readonly string[],
    loader: BatchLoader<T>,
    options: EntryOptions | undefined,
  ): Promise<Map<string, T>> {
    const { context, reader } = this;
    const resolved = context.supported(resolveEntryOptions(options, context.defaults));
    checkLoader(loader, 'must be a function that returns a Map of values by key');
    checkKeys(keys);
    const unique = [...new Set(keys)];
    const found = new Map<string, T>();
    const missing = unique.filter((key) => !this.addCopy(key, found));
    const loaded =
      missing.length === 0
        ? new Map<string, T>()
        : await getOrSetMany({ context, reader, keys: missing, loader, options: resolved });
    return inOrderOf(unique, found, loaded);
  }

  async has(key: string): Promise<boolean> {
    const at = this.context.namespaceState.locate(key);
    const { state, value } = await this.reader.read(at, 'has');
    if (state === 'fresh' || value !== undefined) return state === 'fresh';
    // The key may hold another type, or a value that this process cannot read.
    return this.context.store.has(at);
  }

  async hget<T>(key: string, field: string): Promise<T | undefined> {
    const { store, namespaceState } = this.context;
    return store.hget<T>(namespaceState.locate(key), field);
  }

  async hgetall<T>(key: string): Promise<Record<string, T>> {
    const { store, namespaceState } = this.context;
    return store.hgetall<T>(namespaceState.locate(key));
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const { namespaceState, store } = this.context;
    const at = namespaceState.locate(key);
    const { state, value, meta, nowMs } = await this.reader.read(at, 'ttl');
    if (state === 'fresh' && meta !== undefined)
      return meta.freshUntil === undefined ? null : (meta.freshUntil - nowMs) / 1000;
    return state === 'fresh' || value === undefined ? store.ttl(at) : undefined;
  }

  private readMany<T>(at: readonly string[]): Promise<readonly JudgedValue<T>[] | undefined> {
    return this.reader
      .readMany<T>(at, 'getMany')
      .catch((error: unknown) => this.context.recordFailure('getMany', storeFailure(error)));
  }

  /** Like `hitNear`, as a promise. */
  private promiseNear<T>(near: NearNamespace, key: string, copy: NearCopy): Promise<T> {
    this.context.namespaceState.recordRead(key, copy.isNull ? null : copy, 'near');
    return near.promiseOf<T>(copy);
  }

  private hitNear<T>(near: NearNamespace, key: string, copy: NearCopy): T {
    const value = near.valueOf<T>(copy);
    this.context.namespaceState.recordRead(key, value, 'near');
    return value;
  }

  /** Adds the copy of a key to `found`. False if there is none. */
  private addCopy<T>(key: string, found: Map<string, T>): boolean {
    const { near } = this;
    const copy = near?.peek(key);
    if (near === undefined || copy === undefined) return false;
    found.set(key, this.hitNear<T>(near, key, copy));
    return true;
  }

  /** Whether the value should be loaded again before it is stale. The read from the store then decides again. */
  private isDue(
    near: NearNamespace,
    { freshUntilMs, ttlMs, loadMs }: NearCopy,
    { earlyRefresh }: ResolvedEntryOptions,
  ): boolean {
    const { engine } = this.context;
    if (ttlMs === undefined) return false;
    return isDueForRefresh(
      { freshUntilMs, nowMs: near.peekedMs, ttlMs, loadMs },
      earlyRefresh,
      engine.environment.random,
    );
  }
}

/** Returns the entries of both maps in the order of the keys. */
function inOrderOf<T>(keys: readonly string[], near: Map<string, T>, loaded: Map<string, T>): Map<string, T> {
  if (near.size === 0) return loaded;
  const ordered = new Map<string, T>();
  for (const key of keys) {
    const from = near.has(key) ? near : loaded;
    const value = from.get(key);
    if (value !== undefined) ordered.set(key, value);
  }
  return ordered;
}

function checkLoader(loader: unknown, problem: string): void {
  if (typeof loader !== 'function') throw optionInvalid('loader', problem);
}
