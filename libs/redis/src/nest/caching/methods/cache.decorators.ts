import { RedisInfraError } from '../../../common/redis-infra.error.js';
import {
  checkCacheable,
  checkCacheEvict,
  checkCachePut,
  entryOptionsOf,
  type CacheableOptions,
  type CacheEvictOptions,
  type CachePlaceOptions,
  type CachePutOptions,
} from './cached-method.options.js';
import { cacheDecorator, type CacheDecorator, type MethodAdvice, type MethodCall } from './decorated-method.js';
import { MethodCaches, type CachePlace, type MethodCache } from './method-cache.js';
import { methodKey, methodTags } from './method-key.js';

/**
 * Caches the results of a method: `CacheService.getOrSet` with the method as the loader. Concurrent calls with the same
 * key share one run of the method. A result of `undefined` is not stored.
 *
 * It works on the methods of every provider, of any scope, also on inherited ones. The method must return a promise.
 * While Redis is unavailable the method runs. The application does not start (OPTION_INVALID) when there is no
 * `RedisModule` with the name `instance`, or two classes have the same default key.
 *
 * @throws RedisInfraError OPTION_INVALID when the class is defined and an option is invalid, or a template names an
 * unknown parameter. A call rejects with OPTION_INVALID when a template leads to no value, and with KEY_INVALID when
 * the default key cannot encode an argument.
 * @see docs/guides/decorators-and-http-caching.md
 * @example
 * @Cacheable({ key: 'user:{id}', ttl: '10m' })
 * find(id: string): Promise<User> {}
 */
export function Cacheable(options: CacheableOptions = {}): CacheDecorator {
  const checked = checkCacheable(options);
  const entry = entryOptionsOf(checked);
  return cacheDecorator('Cacheable', (method) => {
    const key = methodKey(checked.key, method, 'Cacheable.key');
    const tags = methodTags(checked.tags, method, 'Cacheable.tags');
    return {
      ...placed(checked, 'Cacheable'),
      hasDefaultKey: checked.key === undefined,
      around: (call, cache) => cache.getOrSet(key(call), call.run, tagged(entry, tags?.(call))),
    };
  });
}

/**
 * Runs a method on every call and stores its result: `CacheService.set`. With a result of `undefined` the key is
 * removed, because its value is outdated.
 *
 * @throws RedisInfraError OPTION_INVALID when the class is defined and an option is invalid, or a template names an
 * unknown parameter
 * @see docs/guides/decorators-and-http-caching.md
 * @example
 * @CachePut({ key: 'user:{user.id}', ttl: '10m' })
 * save(user: User): Promise<User> {}
 */
export function CachePut(options: CachePutOptions): CacheDecorator {
  const checked = checkCachePut(options);
  const entry = entryOptionsOf(checked);
  return cacheDecorator('CachePut', (method) => {
    const key = methodKey(checked.key, method, 'CachePut.key');
    const tags = methodTags(checked.tags, method, 'CachePut.tags');
    return {
      ...placed(checked, 'CachePut'),
      around: async (call, cache) => {
        // Before the method: a call with an unusable key must not have an effect.
        const at = key(call);
        const setOptions = tagged(entry, tags?.(call));
        const value = await call.run();
        await (value === undefined ? cache.delete(at) : store(cache, { at, value, setOptions }));
        return value;
      },
    };
  });
}

/**
 * Removes values from the cache after a method has succeeded, or with `before: true` before it runs. May be applied
 * several times, for example for several namespaces.
 *
 * @throws RedisInfraError OPTION_INVALID when the class is defined and an option is invalid, or a template names an
 * unknown parameter
 * @see docs/guides/decorators-and-http-caching.md
 * @example
 * @CacheEvict({ key: 'user:{id}', tags: ['users'] })
 * remove(id: string): Promise<void> {}
 */
export function CacheEvict(options: CacheEvictOptions): CacheDecorator {
  const checked = checkCacheEvict(options);
  return cacheDecorator('CacheEvict', (method) => {
    const key = checked.key === undefined ? undefined : methodKey(checked.key, method, 'CacheEvict.key');
    const tags = methodTags(checked.tags, method, 'CacheEvict.tags');
    const removal = (call: MethodCall, cache: MethodCache): (() => Promise<void>) => {
      const [at, names] = [key?.(call), tags?.(call)];
      return () => evict(cache, { at, tags: names, all: checked.all === true });
    };
    return {
      ...placed(checked, 'CacheEvict'),
      isRepeatable: true,
      around: async (call, cache) => {
        const remove = removal(call, cache);
        if (checked.before === true) await remove();
        const value = await call.run();
        if (checked.before !== true) await remove();
        return value;
      },
    };
  });
}

interface Removal {
  readonly at: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly all: boolean;
}

async function evict(cache: MethodCache, { at, tags, all }: Removal): Promise<void> {
  await Promise.all([
    at === undefined ? undefined : cache.delete(at),
    tags === undefined || tags.length === 0 ? undefined : invalidateTags(cache, tags),
    all ? cache.flush({ wait: false }) : undefined,
  ]);
}

async function invalidateTags(cache: MethodCache, tags: readonly string[]): Promise<void> {
  if (cache.invalidateTags === undefined)
    throw new RedisInfraError('UNSUPPORTED', 'CacheEvict.tags: this cache has no tags');
  await cache.invalidateTags(tags);
}

interface StoredResult {
  readonly at: string;
  readonly value: unknown;
  readonly setOptions: object;
}

/** The method has had its effect, so a value that is too large is no error of the call: its key is removed. */
async function store(cache: MethodCache, { at, value, setOptions }: StoredResult): Promise<void> {
  try {
    await cache.set(at, value, setOptions);
  } catch (error) {
    if (!(error instanceof RedisInfraError) || error.code !== 'CODEC_TOO_LARGE') throw error;
    await cache.delete(at);
  }
}

function tagged(entry: object, tags: readonly string[] | undefined): object {
  return tags === undefined ? entry : { ...entry, tags };
}

function placed({ instance, namespace }: CachePlaceOptions, path: string): Omit<MethodAdvice, 'around'> {
  const place: CachePlace = { instance, namespace };
  return { caches: new MethodCaches(place, path), place, hasDefaultKey: false, isRepeatable: false };
}
