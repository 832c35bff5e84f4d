import { optionInvalid } from '../../../common/options.js';
import { checkHttpCache, type HttpCacheOptions } from './http-cache.options.js';

const KEY = 'nestjs-redis-infra:HttpCache';

/** Options, or false for a handler that is not cached. */
type HttpCacheMetadata = HttpCacheOptions | false;

/**
 * Sets what `HttpCacheInterceptor` caches: the responses of a handler, or of all GET handlers of a class. Options of a
 * handler override those of its class one by one; `@HttpCache(false)` excludes a handler. Handlers without `@HttpCache`
 * are not cached.
 *
 * The application does not start (OPTION_INVALID) when the handler reads query parameters or headers that are not
 * declared, reads something that identifies the client without `keyBy`, or is no handler of GET.
 *
 * @throws RedisInfraError OPTION_INVALID when the class is defined and an option is invalid
 * @see docs/guides/decorators-and-http-caching.md
 * @example
 * @UseInterceptors(HttpCacheInterceptor)
 * @HttpCache({ ttl: '1m', query: ['page'], tags: ['cities'] })
 */
export function HttpCache(options: HttpCacheOptions | false = {}): ClassDecorator & MethodDecorator {
  const metadata: HttpCacheMetadata = options === false ? false : checkHttpCache(options);
  return (target: object, property?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const on: unknown = property === undefined ? target : descriptor?.value;
    if (typeof on !== 'function') throw optionInvalid('HttpCache', 'can only decorate a class or a method');
    if (Reflect.hasOwnMetadata(KEY, on))
      throw optionInvalid('HttpCache', 'is applied twice here: combine them into one');
    Reflect.defineMetadata(KEY, metadata, on);
  };
}

/** The options of a handler and of its class together. Undefined: it is not cached. */
export function httpCacheOptionsOf(type: object, handler: object): HttpCacheOptions | undefined {
  const [ofClass, ofHandler] = [metadataOf(type), metadataOf(handler)];
  if (ofHandler === false) return undefined;
  if (ofHandler === undefined) return ofClass === false ? undefined : ofClass;
  return ofClass === false ? ofHandler : { ...ofClass, ...ofHandler };
}

/** Whether the decorator is on the handler itself, with options. */
export function hasOwnHttpCache(handler: object): boolean {
  return typeof metadataOf(handler) === 'object';
}

function metadataOf(on: object): HttpCacheMetadata | undefined {
  return Reflect.getMetadata(KEY, on) as HttpCacheMetadata | undefined;
}
