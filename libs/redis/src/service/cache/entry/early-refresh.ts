import type { EarlyRefresh } from '../options/entry-options.js';
import type { JudgedValue } from './entry-validity.js';

/** The last part of `ttl` in which `beta` applies. */
const LAST_PART = 0.1;

/**
 * Whether a fresh value should be loaded again now. With `beta` each read decides at random, so that usually one read of
 * the fleet refreshes, before the value is stale.
 * @see Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, VLDB 2015
 */
export function isDueForRefresh(
  { meta, nowMs }: JudgedValue<unknown>,
  earlyRefresh: EarlyRefresh | false,
  random: () => number,
): boolean {
  if (earlyRefresh === false || meta?.created === undefined || meta.freshUntil === undefined) return false;
  const ttlMs = meta.freshUntil - meta.created;
  const remainingMs = meta.freshUntil - nowMs;
  if ('at' in earlyRefresh) return remainingMs <= ttlMs * (1 - earlyRefresh.at);
  if (remainingMs > ttlMs * LAST_PART) return false;
  // 1 - random(), because random() may be 0.
  return (meta.loadMs ?? 0) * earlyRefresh.beta * -Math.log(1 - random()) >= remainingMs;
}
