import { optionInvalid } from '../../../common/options.js';
import { checkKeys } from '../../../domain/models/cache-key.js';
import type { CacheContext } from '../cache-context.js';
import type { JudgedValue } from '../entry/entry-validity.js';
import type { BatchLoader } from '../loads/batch-load.js';
import type { Loader } from '../loads/load-context.js';
import { resolveEntryOptions, type EntryOptions } from '../options/entry-options.js';
import { storeFailure } from '../store-failures.js';
import { EntryReader } from './entry-reader.js';
import { GetOrSetCall } from './get-or-set.js';
import { getOrSetMany } from './get-or-set-many.js';

/**
 * The reads of a cache. They see an entry while it is fresh. While the store is unavailable, `get`, `getMany` and
 * `getOrSet` miss and loaders run; the others reject.
 */
export class CacheReads {
  private readonly reader: EntryReader;

  constructor(private readonly context: CacheContext) {
    this.reader = new EntryReader(context);
  }

  async get<T>(key: string): Promise<T | undefined> {
    const { context } = this;
    const at = context.namespaceState.locate(key);
    const read = await this.reader
      .read<T>(at, 'get')
      .catch((error: unknown) => context.recordFailure('get', storeFailure(error)));
    const value = freshValue(read);
    context.namespaceState.recordRead(key, value, context.layer);
    return value;
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const { context } = this;
    const at = context.namespaceState.locateAll(keys);
    const reads = await this.reader
      .readMany<T>(at, 'getMany')
      .catch((error: unknown) => context.recordFailure('getMany', storeFailure(error)));
    return keys.map((key, i) => {
      const value = freshValue(reads?.[i]);
      context.namespaceState.recordRead(key, value, context.layer);
      return value;
    });
  }

  async getOrSet<T>(key: string, loader: Loader<T>, options: EntryOptions | undefined): Promise<T> {
    const { context, reader } = this;
    const resolved = context.supported(resolveEntryOptions(options, context.defaults));
    checkLoader(loader, 'must be a function that returns the value');
    const at = context.namespaceState.locateLoad(key);
    return new GetOrSetCall<T>({ context, reader, key, at, loader, options: resolved }).run();
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
    return getOrSetMany({ context, reader, keys: [...new Set(keys)], loader, options: resolved });
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
}

function checkLoader(loader: unknown, problem: string): void {
  if (typeof loader !== 'function') throw optionInvalid('loader', problem);
}

function freshValue<T>(read: JudgedValue<T> | undefined): T | undefined {
  return read?.state === 'fresh' ? read.value : undefined;
}
