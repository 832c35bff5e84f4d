import type { FreshnessWindows } from '../options/set-options.js';
import type { JudgedValue } from './entry-validity.js';

/**
 * How a `getOrSet` may use a value that is not fresh:
 * - `revalidate`: return it, and load in the background.
 * - `if-error`: return it if the load fails or takes too long.
 */
export type StaleUse = 'revalidate' | 'if-error' | undefined;

/** Returns how a value may be used within the windows of a call. The windows follow each other after `freshUntil`. */
export function staleUse(
  { state, meta, nowMs }: JudgedValue<unknown>,
  { staleWhileRevalidateMs, staleIfErrorMs }: FreshnessWindows,
): StaleUse {
  if (state !== 'stale' && state !== 'for-errors') return undefined;
  const staleForMs = nowMs - (meta?.freshUntil ?? nowMs);
  if (state === 'stale' && staleForMs < staleWhileRevalidateMs) return 'revalidate';
  const isWithinWindows = staleIfErrorMs > 0 && staleForMs < staleWhileRevalidateMs + staleIfErrorMs;
  return isWithinWindows ? 'if-error' : undefined;
}
