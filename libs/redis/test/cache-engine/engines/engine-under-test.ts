import type { Clock } from '../../../src/common/clock.js';
import type { Timers } from '../../../src/common/time/timers.js';
import type { CacheStore } from '../../../src/domain/cache-store.js';
import type { EntryStore, InvalidationFeed } from '../../../src/domain/entry-store.js';

/** What a loader of a history uses of `LoadContext`. */
export interface LoadHandle {
  readonly signal: AbortSignal;
  tag(...tags: string[]): void;
  skip(): void;
}

/** A loader of a history. */
export type HistoryLoader = (context: LoadHandle) => Promise<unknown>;

/** The part of `CacheService` that histories use. */
export interface CacheUnderTest {
  getOrSet(key: string, loader: HistoryLoader, options?: { readonly tags: readonly string[] }): Promise<unknown>;
  get(key: string): Promise<unknown>;
  /** Without tags it stores a plain value. */
  set(key: string, value: unknown, options?: { readonly tags: readonly string[] }): Promise<void>;
  delete(key: string): Promise<unknown>;
  incr(key: string): Promise<number>;
  invalidateTags(tags: readonly string[], options: { readonly keepForErrors: boolean }): Promise<unknown>;
  flush(options: { readonly wait: boolean }): Promise<unknown>;
  namespace(name: string): CacheUnderTest;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** The windows and limits of every entry of a history, in milliseconds. */
export interface EntryTimes {
  readonly ttlMs: number;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  readonly errorTtlMs: number;
  readonly loadTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly hasEarlyRefresh: boolean;
}

/** The options of `CacheService` that a history sets. */
export interface EngineOptions extends EntryTimes {
  readonly hasNearCopies: boolean;
}

/** What an engine is made of. */
export interface EngineParts {
  readonly entries: EntryStore;
  readonly feed: InvalidationFeed;
  /** `CacheStore.ttl` of the store. */
  readonly ttl: CacheStore['ttl'];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: () => number;
  readonly options: EngineOptions;
}

/** An implementation of the cache that histories run on. */
export interface Engine {
  readonly name: string;
  /** Without near copies no call may return a value of the past. */
  readonly keepsNearCopies: boolean;
  create(parts: EngineParts): CacheUnderTest;
}
