import { optionInvalid } from '../../../common/options.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { resolveEntryOptions, type EntryOptions } from '../cache-options.js';
import type { CacheContext } from '../cache-context.js';
import { untilAborted } from '../leave-load.js';
import type { Loader } from '../load-context.js';
import { isUnreadable, loadFailure, storeFailure } from '../store-failures.js';

/**
 * The reads of a cache, and the loads after a miss. While the store is unavailable, `get`, `getMany` and `getOrSet`
 * miss and loaders run; the others reject.
 */
export class CacheReads {
  constructor(private readonly context: CacheContext) {}

  async get<T>(key: string): Promise<T | undefined> {
    const { context } = this;
    const at = context.namespaceState.locate(key);
    const value = await context.store
      .get<T>(at)
      .catch((error: unknown) => context.recordFailure('get', storeFailure(error)));
    context.namespaceState.recordRead(key, value, context.layer);
    return value;
  }

  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const { context } = this;
    const at = context.namespaceState.locateAll(keys);
    const values = await context.store.getMany<T>(at).catch((error: unknown) => this.getSingly<T>(at, error));
    keys.forEach((key, i) => context.namespaceState.recordRead(key, values[i], context.layer));
    return values;
  }

  async getOrSet<T>(key: string, loader: Loader<T>, options: EntryOptions | undefined): Promise<T> {
    const { context } = this;
    const resolved = resolveEntryOptions(options, context.defaults);
    if (typeof loader !== 'function') throw optionInvalid('loader', 'must be a function that returns the value');
    const { loads, loadStore, namespaceState: namespace } = context;
    const at = namespace.locateLoad(key);
    const running = loads.running<T>(at);
    if (running !== undefined) return this.join(running);
    const { epoch } = loads;
    let mayWrite = true;
    const stored = await context.store.get<T>(at).catch((error: unknown) => {
      const failure = loadFailure(error);
      mayWrite = this.mayStore(failure);
      return context.recordFailure('getOrSet', failure);
    });
    namespace.recordRead(key, stored, context.layer);
    if (stored !== undefined) return stored;
    const startedMeanwhile = loads.running<T>(at);
    if (startedMeanwhile !== undefined) return this.join(startedMeanwhile);
    if (epoch !== loads.epoch) throw new RedisInfraError('CLOSED', 'the cache was disconnected before the load began');
    const load = loads.start(mayWrite ? loadStore : undefined, { key, at, loader, options: resolved, namespace });
    return this.untilLeft(load);
  }

  async has(key: string): Promise<boolean> {
    const { store, namespaceState } = this.context;
    return store.has(namespaceState.locate(key));
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
    const { store, namespaceState } = this.context;
    return store.ttl(namespaceState.locate(key));
  }

  /** Reads the keys one by one after `getMany` failed: one unreadable value makes it reject for all keys. */
  private async getSingly<T>(at: readonly string[], error: unknown): Promise<(T | undefined)[]> {
    const { context } = this;
    const failure = storeFailure(error);
    if (!isUnreadable(failure)) {
      context.recordFailure('getMany', failure);
      return at.map(() => undefined);
    }
    return Promise.all(
      at.map((key) =>
        context.store.get<T>(key).catch((cause: unknown) => context.recordFailure('getMany', storeFailure(cause))),
      ),
    );
  }

  private join<T>(load: Promise<T>): Promise<T> {
    this.context.namespaceState.counters.coalesced++;
    return this.untilLeft(load);
  }

  private untilLeft<T>(load: Promise<T>): Promise<T> {
    return untilAborted(load, this.context.limits.signal);
  }

  /**
   * Whether a loaded value is stored after a read failed. A deadline set by the caller is no sign that the store is
   * unavailable.
   */
  private mayStore(failure: RedisInfraError): boolean {
    const isOwnDeadline = failure.code === 'DEADLINE_EXCEEDED' && this.context.limits.deadline !== undefined;
    return isOwnDeadline || isUnreadable(failure);
  }
}
