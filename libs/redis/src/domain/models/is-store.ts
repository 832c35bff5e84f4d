import { optionInvalid } from '../../common/options.js';
import type { CacheStore } from '../cache-store.js';

/** Every method of the port. An object with one of them is treated as a store. */
const STORE_METHODS = Object.keys({
  connect: true,
  disconnect: true,
  get: true,
  getMany: true,
  set: true,
  setMany: true,
  delete: true,
  deleteMany: true,
  has: true,
  hset: true,
  hget: true,
  hgetall: true,
  hdel: true,
  expire: true,
  ttl: true,
  incr: true,
  clear: true,
} satisfies Record<Exclude<keyof CacheStore, 'can'>, true>);

/**
 * Whether a source is a store or a connection. An object with some methods of the port is never treated as connection
 * options, because it would connect to the default server.
 * @throws RedisInfraError OPTION_INVALID if an object has some methods of the port and lacks others; the message lists
 * them
 */
export function isStore(source: unknown, path: string): source is CacheStore {
  const missing = missingMethods(source);
  const isConnection = missing.length === STORE_METHODS.length && !hasCapabilities(source);
  if (!isConnection) requireStore(source, path);
  return !isConnection;
}

/**
 * Checks that the source is a store.
 * @throws RedisInfraError OPTION_INVALID that lists the missing methods of the port
 */
export function requireStore(source: unknown, path: string): asserts source is CacheStore {
  const missing = missingMethods(source);
  if (missing.length === 0) return;
  throw optionInvalid(
    path,
    `is not a store: it lacks methods of CacheStore (${missing.join(', ')}); pass a MemoryAdapter, or an object with all of them`,
  );
}

function missingMethods(source: unknown): readonly string[] {
  if (typeof source !== 'object' || source === null) return STORE_METHODS;
  return STORE_METHODS.filter((name) => typeof Reflect.get(source, name) !== 'function');
}

function hasCapabilities(source: unknown): boolean {
  return typeof source === 'object' && source !== null && 'can' in source;
}
