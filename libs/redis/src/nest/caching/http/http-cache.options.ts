import type { ExecutionContext } from '@nestjs/common';
import { checkOptions, checkString, join, optionInvalid } from '../../../common/options.js';
import { resolveCacheOptions } from '../../../service/cache/options/cache-options.js';
import { ENTRY_OPTIONS, type EntryOptions } from '../../../service/cache/options/entry-options.js';
import { NULLABLE } from '../../../service/cache/options/set-options.js';
import { checkPlace, type CachePlaceOptions } from '../methods/cached-method.options.js';

/**
 * Returns what identifies the client whose response is cached, for example the id of the user. Undefined: the response
 * to this request is not cached.
 */
export type HttpCacheKeyBy = (context: ExecutionContext) => string | undefined | Promise<string | undefined>;

/**
 * The tags of a response: templates over the parameters of the route (`'city:{id}'`), or a function that returns the
 * tags.
 */
export type HttpCacheTags = readonly string[] | ((context: ExecutionContext) => readonly string[]);

/** The options of `@HttpCache`: those of `CacheService.getOrSet` without `negativeTtl`, and these. */
export interface HttpCacheOptions extends Omit<EntryOptions, 'tags' | 'negativeTtl'>, CachePlaceOptions {
  /**
   * The query parameters that the response depends on. Others are ignored.
   * @default those that the handler reads with `@Query('name')`
   */
  readonly query?: readonly string[] | undefined;
  /**
   * The request headers that the response depends on. They are added to the header Vary of the response.
   * @default those that the handler reads with `@Headers('name')`
   */
  readonly vary?: readonly string[] | undefined;
  /**
   * Returns what identifies the client. Required to cache requests with the header Authorization or Cookie.
   * @default none: such requests are not cached
   */
  readonly keyBy?: HttpCacheKeyBy | undefined;
  /**
   * The response headers that are stored with the body.
   * @default cache-control, content-disposition, content-language, content-type, expires, last-modified and link
   */
  readonly headers?: readonly string[] | undefined;
  /** The tags of the response, for `CacheService.invalidateTags` and `@CacheEvict({ tags })`. @default none */
  readonly tags?: HttpCacheTags | undefined;
  /** A namespace inside the cache: 1 to 64 characters of `[\w.-]`. @default 'http' */
  readonly namespace?: string | undefined;
}

export const HTTP_CACHE_DEFAULTS = {
  namespace: 'http',
  headers: [
    'cache-control',
    'content-disposition',
    'content-language',
    'content-type',
    'expires',
    'last-modified',
    'link',
  ],
} as const satisfies HttpCacheOptions;

/** The options of `getOrSet` that `@HttpCache` has. A stored response is never null. */
const HTTP_ENTRY_OPTIONS = ENTRY_OPTIONS.filter((name) => name !== 'negativeTtl' && name !== 'tags');
/** The options of `@HttpCache` beyond those of `getOrSet`. */
export const HTTP_CACHE_OPTIONS: readonly string[] = [
  'query',
  'vary',
  'keyBy',
  'headers',
  'tags',
  'namespace',
  'instance',
];

/** Headers of one response or one connection, and those that this cache writes. */
const NOT_STORABLE: ReadonlySet<string> = new Set([
  'age',
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'etag',
  'keep-alive',
  'set-cookie',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
  'x-cache',
]);
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** @throws RedisInfraError OPTION_INVALID with the option's path */
export function checkHttpCache(options: HttpCacheOptions): HttpCacheOptions {
  const path = 'HttpCache';
  checkOptions(options, [...HTTP_ENTRY_OPTIONS, ...HTTP_CACHE_OPTIONS], path, NULLABLE);
  resolveCacheOptions(httpEntryOptions(options), path);
  checkPlace(options, path);
  for (const [at, name] of listOf(options.query, join(path, 'query')).entries())
    checkString(name, `${join(path, 'query')}[${at}]`);
  for (const [at, name] of listOf(options.vary, join(path, 'vary')).entries()) checkVary(name, `${path}.vary[${at}]`);
  for (const [at, name] of listOf(options.headers, join(path, 'headers')).entries())
    checkStoredHeader(name, `${path}.headers[${at}]`);
  const { keyBy, tags } = options;
  if (keyBy !== undefined && typeof keyBy !== 'function')
    throw optionInvalid(`${path}.keyBy`, 'must be a function of the ExecutionContext');
  if (tags !== undefined && typeof tags !== 'function')
    for (const [at, tag] of listOf(tags, `${path}.tags`).entries()) checkString(tag, `${path}.tags[${at}]`);
  return Object.freeze({ ...options });
}

/** The options of the call of `getOrSet`. */
export function httpEntryOptions(options: HttpCacheOptions): EntryOptions {
  const { query: _q, vary: _v, keyBy: _k, headers: _h, tags: _t, namespace: _n, instance: _i, ...entry } = options;
  return Object.freeze(entry);
}

function listOf(list: unknown, path: string): readonly unknown[] {
  if (list === undefined) return [];
  if (Array.isArray(list)) return list;
  throw optionInvalid(path, 'must be a list of names');
}

function checkVary(name: unknown, path: string): void {
  const header = checkHeader(name, path);
  if (header === 'authorization' || header === 'cookie')
    throw optionInvalid(path, 'must not be Authorization or Cookie: identify the client with keyBy');
}

function checkStoredHeader(name: unknown, path: string): void {
  if (NOT_STORABLE.has(checkHeader(name, path)))
    throw optionInvalid(path, 'is a header of a single response, and must not be stored');
}

function checkHeader(name: unknown, path: string): string {
  const text = checkString(name, path).toLowerCase();
  if (!HEADER_NAME.test(text)) throw optionInvalid(path, 'must be the name of a header');
  return text;
}
