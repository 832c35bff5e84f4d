import { checkOptions } from '../../../common/options.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { NULLABLE, SET_OPTIONS, type SetOptions } from '../options/set-options.js';

/** One entry of `CacheService.setMany`. */
export type CacheEntry = {
  /** The key, without prefix and namespace. */
  readonly key: string;
  /** Any value that the codec can encode, except `undefined`. */
  readonly value: unknown;
} & SetOptions;

/**
 * Checks the entries of `setMany`.
 * @throws RedisInfraError VALUE_INVALID if it is not an array of objects; OPTION_INVALID for an unknown property
 */
export function checkCacheEntries(entries: unknown): void {
  if (!Array.isArray(entries) || !entries.every((entry) => typeof entry === 'object' && entry !== null)) {
    throw new RedisInfraError('VALUE_INVALID', 'setMany takes an array of entries, each an object with key and value');
  }
  // Otherwise a misspelt `ttl` would store a value that lives for the default time.
  entries.forEach((entry, i) =>
    checkOptions(entry, ['key', 'value', ...SET_OPTIONS], `entries[${i}]`, ['key', 'value', ...NULLABLE]),
  );
}
