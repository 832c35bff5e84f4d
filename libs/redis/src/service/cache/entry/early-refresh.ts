import type { RefreshRule } from '../options/entry-options.js';
import type { JudgedValue } from './entry-validity.js';

/** How long a value is fresh, and how long its load took. Times are milliseconds of one clock. */
export interface RefreshFacts {
  readonly freshUntilMs: number;
  readonly nowMs: number;
  readonly ttlMs: number;
  readonly loadMs: number | undefined;
}

/** The facts of a stored value; undefined if it is not refreshed early. */
export function refreshFacts({ meta, nowMs }: JudgedValue<unknown>): RefreshFacts | undefined {
  if (meta?.created === undefined || meta.freshUntil === undefined) return undefined;
  const { created, freshUntil, loadMs } = meta;
  return { freshUntilMs: freshUntil, nowMs, ttlMs: freshUntil - created, loadMs };
}

/**
 * Whether a fresh value should be loaded again now. With `beta` each read decides at random, so that usually one read of
 * the fleet refreshes, before the value is stale.
 * @see Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, VLDB 2015
 */
export function isDueForRefresh(
  { freshUntilMs, nowMs, ttlMs, loadMs = 0 }: RefreshFacts,
  { from, beta }: RefreshRule,
  random: () => number,
): boolean {
  const remainingMs = freshUntilMs - nowMs;
  if (ttlMs - remainingMs < ttlMs * from) return false;
  // 1 - random(), because random() may be 0.
  return beta === undefined || loadMs * beta * -Math.log(1 - random()) >= remainingMs;
}
