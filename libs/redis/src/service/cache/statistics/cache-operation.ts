/** The operations of a cache that are counted and timed when they reach a store. */
export type CacheOperation =
  | 'get'
  | 'getMany'
  | 'getOrSet'
  | 'getOrSetMany'
  | 'has'
  | 'ttl'
  | 'hget'
  | 'hgetall'
  | 'set'
  | 'setMany'
  | 'delete'
  | 'deleteMany'
  | 'hset'
  | 'hdel'
  | 'expire'
  | 'incr'
  | 'invalidate'
  | 'invalidateTags'
  | 'flush';

/**
 * How an operation ended. `degraded`: the store failed, and the call resolved without it: a read missed or was loaded, a
 * write was skipped. `error`: the call rejected, also with the error of a loader.
 */
export type OperationOutcome = 'ok' | 'degraded' | 'error';
