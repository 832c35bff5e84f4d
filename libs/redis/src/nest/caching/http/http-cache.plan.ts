import type { ExecutionContext, Type } from '@nestjs/common';
import {
  HOST_METADATA,
  METHOD_METADATA,
  PATH_METADATA,
  REDIRECT_METADATA,
  RENDER_METADATA,
  RESPONSE_PASSTHROUGH_METADATA,
  SSE_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
import { RequestMethod } from '@nestjs/common';
import { optionInvalid } from '../../../common/options.js';
import { KeyTemplate } from '../keys/key-template.js';
import { MethodCaches } from '../methods/method-cache.js';
import { hasOwnHttpCache, httpCacheOptionsOf } from './http-cache.decorator.js';
import {
  HTTP_CACHE_DEFAULTS,
  httpEntryOptions,
  type HttpCacheKeyBy,
  type HttpCacheOptions,
} from './http-cache.options.js';
import { handlerReads, type HandlerReads } from './handler-reads.js';
import { RouteParameters } from './route-parameters.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/** How the responses of one handler are cached. */
export interface HttpCachePlan {
  readonly caches: MethodCaches;
  readonly instance: string | undefined;
  /** The options of `getOrSet`, without tags. */
  readonly entry: object;
  readonly query: readonly string[];
  /** In lower case. */
  readonly vary: readonly string[];
  readonly keyBy: HttpCacheKeyBy | undefined;
  /** In lower case. */
  readonly headers: readonly string[];
  readonly tags: ((context: ExecutionContext) => readonly string[]) | undefined;
  /** Host and version of the route, which its path does not show. Undefined: it has neither. */
  readonly scope: string | undefined;
  /** True: the handler gets the response, with `passthrough`. */
  readonly setsResponse: boolean;
}

const METHODS: readonly unknown[] = [RequestMethod.GET, RequestMethod.ALL];
/** Handlers whose result is not the body of the response. */
const OTHER_RESULTS = [SSE_METADATA, RENDER_METADATA, REDIRECT_METADATA];

/**
 * Plans the caching of a handler. Undefined: its responses are not cached.
 * @throws RedisInfraError OPTION_INVALID when the options do not fit the handler
 */
export function httpCachePlan(type: Type, handler: Handler): HttpCachePlan | undefined {
  const options = httpCacheOptionsOf(type, handler);
  if (options === undefined) return undefined;
  if (!METHODS.includes(Reflect.getMetadata(METHOD_METADATA, handler))) return refuseMethod(handler);
  if (OTHER_RESULTS.some((key) => Reflect.hasMetadata(key, handler))) return undefined;
  const reads = handlerReads(type, handler);
  const hasPassthrough: unknown = Reflect.getMetadata(RESPONSE_PASSTHROUGH_METADATA, type, handler.name);
  if (reads.response && hasPassthrough !== true) return undefined;
  return planOf(options, reads, { type, handler });
}

function planOf(
  options: HttpCacheOptions,
  reads: HandlerReads,
  { type, handler }: { readonly type: Type; readonly handler: Handler },
): HttpCachePlan {
  const { keyBy, instance, namespace = HTTP_CACHE_DEFAULTS.namespace } = options;
  if (reads.client !== undefined && keyBy === undefined)
    throw optionInvalid('HttpCache.keyBy', `is required: the handler reads ${reads.client}`);
  const metadata = (key: string): readonly unknown[] =>
    [type, handler].map((on) => Reflect.getMetadata(key, on) as unknown).filter((value) => value !== undefined);
  return {
    caches: new MethodCaches({ instance, namespace }, 'HttpCache'),
    instance,
    entry: httpEntryOptions(options),
    query: declared(options.query, reads.query, { all: reads.allQuery, path: 'HttpCache.query' }),
    vary: declared(lowerCase(options.vary), reads.headers, { all: reads.allHeaders, path: 'HttpCache.vary' }),
    keyBy,
    headers: lowerCase(options.headers) ?? HTTP_CACHE_DEFAULTS.headers,
    tags: tagsOf(options, metadata(PATH_METADATA)),
    scope: scopeOf({ host: Reflect.getMetadata(HOST_METADATA, type), version: metadata(VERSION_METADATA) }),
    setsResponse: reads.response,
  };
}

/** A class may have handlers of other methods, which are not cached. */
function refuseMethod(handler: Handler): undefined {
  if (hasOwnHttpCache(handler)) throw optionInvalid('HttpCache', 'can only decorate a handler of GET');
  return undefined;
}

interface Declaration {
  /** True: the handler reads all of them. */
  readonly all: boolean;
  readonly path: string;
}

/** The declared names, or those that the handler reads. A name that is read and not declared would be ignored. */
function declared(
  names: readonly string[] | undefined,
  read: readonly string[],
  { all, path }: Declaration,
): readonly string[] {
  if (names === undefined && all)
    throw optionInvalid(path, 'is required: the handler reads all of them; list those that the response depends on');
  const list = names ?? read;
  const missing = read.find((name) => !list.includes(name));
  if (missing !== undefined)
    throw optionInvalid(path, `does not contain '${missing}', which the handler reads: add it`);
  return Object.freeze([...new Set(list)].sort());
}

function tagsOf({ tags }: HttpCacheOptions, paths: unknown): HttpCachePlan['tags'] {
  if (tags === undefined || typeof tags === 'function') return tags;
  const parameters = new RouteParameters(paths);
  const templates = tags.map((tag, at) => new KeyTemplate(tag, parameters, `HttpCache.tags[${at}]`));
  return (context) => {
    const values = parameters.valuesOf(context);
    return templates.map((template) => template.render(values));
  };
}

function lowerCase(names: readonly string[] | undefined): readonly string[] | undefined {
  return names?.map((name) => name.toLowerCase());
}

function scopeOf({
  host,
  version,
}: {
  readonly host: unknown;
  readonly version: readonly unknown[];
}): string | undefined {
  return host === undefined && version.length === 0 ? undefined : JSON.stringify({ host, version }, symbolText);
}

/** `VERSION_NEUTRAL` is a symbol, a host may be a regular expression. */
function symbolText(_name: string, value: unknown): unknown {
  return typeof value === 'symbol' || value instanceof RegExp ? String(value) : value;
}
