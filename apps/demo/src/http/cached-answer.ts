/**
 * The origin of a response: `HIT` from the cache, `MISS` loaded for this request, `SHARED` loaded by another request in flight for the
 * same key.
 */
export type CacheOutcome = 'HIT' | 'MISS' | 'SHARED';

/** The result of a handler with the CachedAnswerInterceptor: the body and its origin. */
export interface CachedAnswer<T> {
  /** Null becomes a 404. */
  readonly body: T;
  readonly outcome: CacheOutcome;
  /** The age of the body. */
  readonly ageMs: number;
}
