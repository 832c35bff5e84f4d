import type { ModuleRef } from '@nestjs/core';
import { optionInvalid } from '../../../common/options.js';
import { getCacheToken } from '../../tokens/redis.tokens.js';

/** What the decorators and the HTTP cache need of a `CacheService`. Options are passed on unchanged. */
export interface MethodCache {
  get<T>(key: string): Promise<T | undefined>;
  getOrSet<T>(key: string, loader: (context: MethodLoad) => T | Promise<T>, options?: object): Promise<T>;
  getOrSetResult?<T>(
    key: string,
    loader: (context: MethodLoad) => T | Promise<T>,
    options?: object,
  ): Promise<MethodResult<T>>;
  set(key: string, value: unknown, options?: object): Promise<void>;
  delete(key: string): Promise<boolean>;
  invalidateTags?(tags: readonly string[]): Promise<unknown>;
  flush(options?: { readonly wait?: boolean }): Promise<unknown>;
  namespace(name: string): MethodCache;
}

/** The part of a `LoadContext` that is used here. */
export interface MethodLoad {
  skip(): void;
}

/** A value, and what the cache knows about it. */
export interface MethodResult<T> {
  readonly value: T;
  readonly state: 'fresh' | 'stale';
  /** The time since it was loaded, in milliseconds; undefined if the cache does not know it. */
  readonly ageMs: number | undefined;
}

/** Like `getOrSet`. A test may replace the `CacheService` by an object that has only its public methods. */
export async function getOrSetResult<T>(
  cache: MethodCache,
  ...call: Parameters<typeof cache.getOrSet<T>>
): Promise<MethodResult<T>> {
  if (cache.getOrSetResult !== undefined) return cache.getOrSetResult<T>(...call);
  return { value: await cache.getOrSet<T>(...call), state: 'fresh', ageMs: undefined };
}

/** Where the values of a method are cached. */
export interface CachePlace {
  /** The `name` of the `RedisModule`. Undefined: the unnamed instance. */
  readonly instance: string | undefined;
  /** A namespace inside the cache of the instance. Undefined: that cache itself. */
  readonly namespace: string | undefined;
}

/** The caches of one place, for each application: tests may run several in one process. */
export class MethodCaches {
  private readonly caches = new WeakMap<ModuleRef, MethodCache>();

  constructor(
    private readonly place: CachePlace,
    private readonly path: string,
  ) {}

  /** @throws RedisInfraError OPTION_INVALID when the application has no such instance */
  of(moduleRef: ModuleRef): MethodCache {
    const known = this.caches.get(moduleRef);
    if (known !== undefined) return known;
    const { instance, namespace } = this.place;
    const cache = findCache(moduleRef, instance) ?? instanceMissing(instance, this.path);
    const own = namespace === undefined ? cache : cache.namespace(namespace);
    this.caches.set(moduleRef, own);
    return own;
  }
}

/** Finds the cache of an instance, also in modules that are neither global nor imported. */
function findCache(moduleRef: ModuleRef, name: string | undefined): MethodCache | undefined {
  try {
    return moduleRef.get<MethodCache>(getCacheToken(name), { strict: false });
  } catch {
    return undefined;
  }
}

/** @throws RedisInfraError OPTION_INVALID that explains how to name the instance */
export function instanceMissing(name: string | undefined, path: string): never {
  throw optionInvalid(
    `${path}.instance`,
    name === undefined
      ? 'there is no RedisModule without a name: register one, or set the instance that caches'
      : `there is no RedisModule named '${name}': register it or correct the instance`,
  );
}
