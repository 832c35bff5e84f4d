/**
 * The common limits, in the terms of each library. No load reaches them, because a limiter may refuse without calling
 * Redis.
 */
export const MINUTE = { name: 'minute', limit: 10_000_000, seconds: 60 };
export const ONE = [MINUTE];
export const THREE = [
  { name: 'second', limit: 1_000_000, seconds: 1 },
  MINUTE,
  { name: 'hour', limit: 100_000_000, seconds: 3600 },
];

/** @example policiesTitle(THREE) // '3 policies' */
export const policiesTitle = ({ length }) => (length === 1 ? '1 policy' : `${length} policies`);
