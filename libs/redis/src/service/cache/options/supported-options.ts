import { join, optionInvalid } from '../../../common/options.js';
import type { ResolvedSetOptions } from './set-options.js';

/**
 * Checks that the options need no entries, for a store that keeps plain values only.
 * @throws RedisInfraError OPTION_INVALID
 */
export function checkSupported(options: ResolvedSetOptions & { readonly errorTtlMs?: number }, path: string): void {
  const { staleWhileRevalidateMs, staleIfErrorMs, tags } = options;
  const needs = [
    ['staleWhileRevalidate', staleWhileRevalidateMs > 0],
    ['staleIfError', staleIfErrorMs > 0],
    ['tags', tags.length > 0],
  ] as const;
  for (const [name, isUsed] of needs) {
    if (isUsed)
      throw optionInvalid(join(path, name), 'needs a store with entries, such as RedisAdapter or MemoryAdapter');
  }
}
