import { optionInvalid } from '../../../common/options.js';
import { checkKey, checkKeys } from '../../../domain/models/cache-key.js';
import type { CacheContext } from '../cache-context.js';
import { isDueForRefresh } from '../entry/early-refresh.js';
import type { JudgedValue } from '../entry/entry-validity.js';
import type { BatchLoader } from '../loads/batch-load.js';
import type { Loader } from '../loads/load-context.js';
import type { NearCopy } from '../near/near-copy.js';
import type { NearLookup } from '../near/near.js';
import { resolveEntryOptions, type EntryOptions, type ResolvedEntryOptions } from '../options/entry-options.js';
import type { OperationOutcome } from '../statistics/cache-operation.js';
import { storeFailure } from '../store-failures.js';
import { EntryReader, freshValue } from './entry-reader.js';
import { GetOrSetCall } from './get-or-set.js';
import { valueOf, type GetOrSetResult } from './get-or-set-result.js';
import { getOrSetMany } from './get-or-set-many.js';

/**
 * The reads of a cache. They see an entry while it is fresh. If the store fails, `get`, `getMany` and `getOrSet` miss and
 * loaders run; the others reject. A store with a fallback does not fail, except where it has no answer.
 */
export class CacheReads {
  private readonly reader: EntryReader;
  private readonly near: NearLookup | undefined;

  constructor(private readonly context: CacheContext) {
    this.reader = new EntryReader(context);
    this.near = context.near?.namespace(context.scope);
  }

  /** Not an `async` function: this is the hot path, and `async` would add microtasks to each call. */
  get<T>(key: string): Promise<T | undefined> {
    const { context } = this;
    try {
      const copy = this.peekCopy(key);
      if (copy !== undefined) return this.promiseNear<T>(key, copy);
      return this.reader.get<T>(key, context.namespaceState.locate(key));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  peek<T>(key: string): T | undefined {
    const copy = this.peekCopy(key);
    if (copy !== undefined) return copy.value<T>();
    checkKey(key);
    return undefined;
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const { context } = this;
    const at = context.namespaceState.locateAll(keys);
    const copies = keys.map((key) => this.peekCopy(key));
    const missing = at.filter((_, i) => copies[i] === undefined);
    const reads = missing.length === 0 ? [] : await this.readMany<T>(missing);
    let next = 0;
    return keys.map((key, i) => {
      const copy = copies[i];
      if (copy !== undefined) return this.hitNear<T>(key, copy);
      const read = reads?.[next++];
      if (read === undefined) {
        context.namespaceState.recordFailedRead(key);
        return undefined;
      }
      const value = freshValue(read);
      context.namespaceState.recordRead(key, value, context.layerOf(read));
      return value;
    });
  }

  /** Not an `async` function either. What a hit does not need is in other methods, so that V8 inlines what it needs. */
  getOrSet<T>(key: string, loader: Loader<T>, options: EntryOptions | undefined): Promise<T> {
    try {
      const resolved = this.resolve(loader, options);
      // Before the stored key is built, which costs as much as the rest of a hit.
      const copy = this.copyFor(key, resolved);
      return copy === undefined ? this.load(key, loader, resolved, valueOf) : this.promiseNear<T>(key, copy);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Like `getOrSet`, with where the value comes from. */
  async getOrSetResult<T>(
    key: string,
    loader: Loader<T>,
    options: EntryOptions | undefined,
  ): Promise<GetOrSetResult<T>> {
    const resolved = this.resolve(loader, options);
    const copy = this.copyFor(key, resolved);
    if (copy === undefined) return this.load(key, loader, resolved, (result) => result);
    const { createdMs } = copy;
    const ageMs = createdMs === undefined ? undefined : this.context.engine.environment.clock.monotonicMs() - createdMs;
    return { value: this.hitNear<T>(key, copy), state: 'fresh', source: 'near', ageMs };
  }

  async getOrSetMany<T>(
    keys: readonly string[],
    loader: BatchLoader<T>,
    options: EntryOptions | undefined,
  ): Promise<Map<string, T>> {
    const { context, reader } = this;
    const resolved = this.resolveOptions(options);
    if (typeof loader !== 'function')
      throw optionInvalid('loader', 'must be a function that returns a Map of values by key');
    checkKeys(keys);
    const unique = [...new Set(keys)];
    const found = new Map<string, T>();
    const missing = unique.filter((key) => !this.addCopy(key, found));
    const loaded =
      missing.length === 0
        ? new Map<string, T>()
        : await context.measure('getOrSetMany', () =>
            getOrSetMany({ context, reader, keys: missing, loader, options: resolved }),
          );
    return inOrderOf(unique, found, loaded);
  }

  async has(key: string): Promise<boolean> {
    const { namespaceState, store } = this.context;
    const at = namespaceState.locate(key);
    return this.context.measure('has', async () => {
      const { state, value } = await this.reader.read(at, 'has');
      if (state === 'fresh' || value !== undefined) return state === 'fresh';
      // The key may hold another type, or a value that this process cannot read.
      return store.has(at);
    });
  }

  async hget<T>(key: string, field: string): Promise<T | undefined> {
    const { store, namespaceState } = this.context;
    const at = namespaceState.locate(key);
    return this.context.measure('hget', () => store.hget<T>(at, field));
  }

  async hgetall<T>(key: string): Promise<Record<string, T>> {
    const { store, namespaceState } = this.context;
    const at = namespaceState.locate(key);
    return this.context.measure('hgetall', () => store.hgetall<T>(at));
  }

  async ttl(key: string): Promise<number | null | undefined> {
    const { namespaceState, store } = this.context;
    const at = namespaceState.locate(key);
    return this.context.measure('ttl', async () => {
      const { state, value, meta, nowMs } = await this.reader.read(at, 'ttl');
      if (state === 'fresh' && meta !== undefined)
        return meta.freshUntil === undefined ? null : (meta.freshUntil - nowMs) / 1000;
      return state === 'fresh' || value === undefined ? store.ttl(at) : undefined;
    });
  }

  private async readMany<T>(at: readonly string[]): Promise<readonly JudgedValue<T>[] | undefined> {
    const { context } = this;
    const beganMs = context.nowMs;
    let outcome: OperationOutcome = 'error';
    try {
      const reads = await this.reader.readMany<T>(at, 'getMany');
      outcome = 'ok';
      return reads;
    } catch (error) {
      context.recordFailure('getMany', storeFailure(error));
      outcome = 'degraded';
      return undefined;
    } finally {
      context.namespaceState.statistics.ended('getMany', context.nowMs - beganMs, outcome);
    }
  }

  private load<T, R>(
    key: string,
    loader: Loader<T>,
    options: ResolvedEntryOptions,
    resultOf: (result: GetOrSetResult<T>) => R,
  ): Promise<R> {
    const { context, reader } = this;
    const at = context.namespaceState.locateLoad(key);
    return new GetOrSetCall<T>({ context, reader, key, at, loader, options }).run(resultOf);
  }

  private resolve(loader: unknown, options: EntryOptions | undefined): ResolvedEntryOptions {
    if (typeof loader !== 'function') throw optionInvalid('loader', 'must be a function that returns the value');
    return options === undefined ? this.context.defaults : this.resolveOptions(options);
  }

  private resolveOptions(options: EntryOptions | undefined): ResolvedEntryOptions {
    const { context } = this;
    return context.supported(resolveEntryOptions(options, context.defaults));
  }

  /** The copy of a key that a read may return now. */
  private peekCopy(key: string): NearCopy | undefined {
    return this.near?.peek(key, this.context.copyCodec);
  }

  /** Like `hitNear`, as a promise. */
  private promiseNear<T>(key: string, copy: NearCopy): Promise<T> {
    this.context.namespaceState.recordNearHit(key, copy.isNull);
    return copy.promise<T>();
  }

  private hitNear<T>(key: string, copy: NearCopy): T {
    this.context.namespaceState.recordNearHit(key, copy.isNull);
    return copy.value<T>();
  }

  /** Adds the copy of a key to `found`. False if there is none. */
  private addCopy<T>(key: string, found: Map<string, T>): boolean {
    const copy = this.peekCopy(key);
    if (copy === undefined) return false;
    found.set(key, this.hitNear<T>(key, copy));
    return true;
  }

  /** The copy that a `getOrSet` returns. Undefined if it is due for a refresh: the read from the store decides again. */
  private copyFor(key: string, { earlyRefresh }: ResolvedEntryOptions): NearCopy | undefined {
    const { near } = this;
    const copy = this.peekCopy(key);
    if (copy === undefined) return undefined;
    const { freshUntilMs, createdMs, loadMs } = copy;
    if (near === undefined || createdMs === undefined || freshUntilMs === undefined) return copy;
    const nowMs = near.peekedMs;
    const ttlMs = freshUntilMs - createdMs;
    // Most hits are too early for a refresh.
    if (nowMs - createdMs < ttlMs * earlyRefresh.from) return copy;
    const facts = { freshUntilMs, nowMs, ttlMs, loadMs };
    return isDueForRefresh(facts, earlyRefresh, this.context.engine.environment.random) ? undefined : copy;
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
