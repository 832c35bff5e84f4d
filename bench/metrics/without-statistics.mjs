/**
 * Turns off what a CacheService counts for metrics, so that the rest can be measured alone. The counts of `stats()` of a
 * read in the store stay: they are older than the metrics. It reaches into the object, and fails if its fields are others.
 */
export function withoutStatistics(cache) {
  const { context } = cache;
  const { statistics } = context.namespaceState;
  for (const name of ['ended', 'endedGet', 'foundOther', 'loaded', 'invalidated', 'failed'])
    replace(statistics, name, () => {});
  replace(statistics.valueBytes, 'add', () => {});
  // The clock is read for durations, and for windows that a fresh value does not need.
  const prototype = Object.getPrototypeOf(context);
  if (Object.getOwnPropertyDescriptor(prototype, 'nowMs')?.get === undefined) throw new Error('nowMs is no getter');
  Object.defineProperty(prototype, 'nowMs', { get: () => 0 });
  return cache;
}

/** Turns off the counts of near hits too. */
export function withoutNearCounts(cache) {
  replace(withoutStatistics(cache).context.namespaceState, 'recordNearHit', () => {});
  return cache;
}

function replace(object, name, method) {
  if (typeof object[name] !== 'function') throw new Error(`there is no method ${name}`);
  object[name] = method;
}
