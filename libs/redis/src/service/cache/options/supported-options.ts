import { join, optionInvalid } from '../../../common/options.js';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { ResolvedSetOptions } from './set-options.js';

/**
 * Checks that the options need no entries, for a store that keeps plain values only.
 * @throws RedisInfraError OPTION_INVALID
 */
export function checkSupported(options: ResolvedSetOptions, path: string): void {
  const { staleWhileRevalidateMs, staleIfErrorMs, tags } = options;
  const needs = [
    ['staleWhileRevalidate', staleWhileRevalidateMs > 0],
    ['staleIfError', staleIfErrorMs > 0],
    ['tags', tags.length > 0],
  ] as const;
  for (const [name, isUsed] of needs) {
    if (isUsed) throw unsupportedOption(join(path, name));
  }
}

/** The error for an option that needs entries. */
export function unsupportedOption(path: string): RedisInfraError {
  return optionInvalid(path, 'needs a store with entries, such as RedisAdapter or MemoryAdapter');
}
