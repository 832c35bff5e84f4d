import {
  checkBoolean,
  checkOptions,
  checkString,
  isPlainObject,
  join,
  optionInvalid,
} from '../../../common/options.js';
import { checkNamespace, resolveCacheOptions } from '../../../service/cache/options/cache-options.js';
import { ENTRY_OPTIONS, type EntryOptions } from '../../../service/cache/options/entry-options.js';
import { NULLABLE, SET_OPTIONS, type SetOptions } from '../../../service/cache/options/set-options.js';
import { getCacheToken } from '../../tokens/redis.tokens.js';

/**
 * The key of a call. A template has placeholders for arguments: `'user:{id}'`, `'user:{0.id}'`,
 * `'zip:{user.address.zip}'`. A function gets the arguments of the call; declare their types.
 */
export type CacheKey = string | ((...args: never[]) => string);

/** The tags of a call: templates like those of `CacheKey`, or a function of the arguments that returns the tags. */
export type CacheTags = readonly string[] | ((...args: never[]) => readonly string[]);

/** The options that all cache decorators have. */
export interface CachePlaceOptions {
  /** A namespace inside the cache: 1 to 64 characters of `[\w.-]`. @default the cache itself */
  readonly namespace?: string | undefined;
  /** The `name` of the `RedisModule` whose cache is used. @default the unnamed instance */
  readonly instance?: string | undefined;
}

/** The options of `@Cacheable`: those of `CacheService.getOrSet`, and these. */
export interface CacheableOptions extends Omit<EntryOptions, 'tags'>, CachePlaceOptions {
  /** The key of a call. @default the class, the method and all arguments */
  readonly key?: CacheKey | undefined;
  /** The tags of the value, for `@CacheEvict({ tags })` and `CacheService.invalidateTags`. @default none */
  readonly tags?: CacheTags | undefined;
}

/** The options of `@CachePut`: those of `CacheService.set`, and these. */
export interface CachePutOptions extends Omit<SetOptions, 'tags'>, CachePlaceOptions {
  /** The key of a call. */
  readonly key: CacheKey;
  /** The tags of the value, for `@CacheEvict({ tags })` and `CacheService.invalidateTags`. @default none */
  readonly tags?: CacheTags | undefined;
}

/** The options of `@CacheEvict`. At least one of `key`, `tags` and `all` is required. */
export interface CacheEvictOptions extends CachePlaceOptions {
  /** The key to remove. @default none */
  readonly key?: CacheKey | undefined;
  /** Tags whose values are removed. @default none */
  readonly tags?: CacheTags | undefined;
  /** True removes every value of `namespace`, which is then required. @default false */
  readonly all?: boolean | undefined;
  /**
   * True removes the values before the method runs, and also when it fails. A concurrent read may then store the old
   * value again.
   * @default false: after the method has succeeded
   */
  readonly before?: boolean | undefined;
}

export const CACHE_EVICT_DEFAULTS = { all: false, before: false } as const satisfies CacheEvictOptions;

const PLACE_OPTIONS = ['namespace', 'instance'];
/** The options of `@Cacheable` beyond those of `getOrSet`. */
export const CACHEABLE_OPTIONS: readonly string[] = ['key', 'tags', ...PLACE_OPTIONS];
/** The options of `@CachePut` beyond those of `set`. */
export const CACHE_PUT_OPTIONS: readonly string[] = CACHEABLE_OPTIONS;
/** The options of `@CacheEvict`. */
export const CACHE_EVICT_OPTIONS: readonly string[] = ['key', 'tags', 'all', 'before', ...PLACE_OPTIONS];

/** @throws RedisInfraError OPTION_INVALID with the option's path */
export function checkCacheable(options: CacheableOptions): CacheableOptions {
  return checkStoring(options, 'Cacheable', [...new Set([...ENTRY_OPTIONS, ...CACHEABLE_OPTIONS])]);
}

/** @throws RedisInfraError OPTION_INVALID with the option's path */
export function checkCachePut(options: CachePutOptions): CachePutOptions {
  const checked = checkStoring(options, 'CachePut', [...new Set([...SET_OPTIONS, ...CACHE_PUT_OPTIONS])]);
  if (options.key === undefined) throw optionInvalid('CachePut.key', 'is required: the key that @Cacheable uses');
  return checked;
}

/** @throws RedisInfraError OPTION_INVALID with the option's path */
export function checkCacheEvict(options: CacheEvictOptions): CacheEvictOptions {
  checkOptions(options, CACHE_EVICT_OPTIONS, 'CacheEvict');
  checkPlace(options, 'CacheEvict');
  checkKeyAndTags(options, 'CacheEvict');
  const { all = CACHE_EVICT_DEFAULTS.all, before = CACHE_EVICT_DEFAULTS.before } = options;
  checkBoolean(before, 'CacheEvict.before');
  if (checkBoolean(all, 'CacheEvict.all') && options.namespace === undefined)
    throw optionInvalid('CacheEvict.all', 'needs a namespace: without one it would remove the whole cache');
  if (!all && options.key === undefined && options.tags === undefined)
    throw optionInvalid('CacheEvict', 'needs at least one of key, tags and all');
  return Object.freeze({ ...options });
}

/** The options of a call of the cache: everything that the decorator itself does not use. */
export function entryOptionsOf(options: CacheableOptions): EntryOptions {
  const { key: _key, tags: _tags, namespace: _namespace, instance: _instance, ...entry } = options;
  return Object.freeze(entry);
}

function checkStoring<O extends CacheableOptions>(options: O, path: string, known: readonly string[]): O {
  checkOptions(options, known, path, NULLABLE);
  resolveCacheOptions(entryOptionsOf(options), path);
  checkPlace(options, path);
  checkKeyAndTags(options, path);
  return Object.freeze({ ...options });
}

/** @throws RedisInfraError OPTION_INVALID with the path of the option */
export function checkPlace({ namespace, instance }: CachePlaceOptions, path: string): void {
  if (namespace !== undefined) checkNamespace(namespace, join(path, 'namespace'));
  if (instance !== undefined) getCacheToken(checkString(instance, join(path, 'instance')));
}

function checkKeyAndTags({ key, tags }: Pick<CacheableOptions, 'key' | 'tags'>, path: string): void {
  if (key !== undefined && typeof key !== 'function' && (typeof key !== 'string' || key === ''))
    throw optionInvalid(join(path, 'key'), 'must be a template or a function of the arguments');
  if (tags === undefined || typeof tags === 'function') return;
  if (isPlainObject(tags) || !Array.isArray(tags))
    throw optionInvalid(join(path, 'tags'), 'must be a list of templates or a function of the arguments');
  for (const [at, tag] of tags.entries()) checkString(tag, `${join(path, 'tags')}[${at}]`);
}
