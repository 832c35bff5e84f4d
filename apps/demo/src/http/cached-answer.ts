/**
 * Where an answer came from: `HIT` out of the cache, `MISS` made for this request, `SHARED` made for another request that was
 * under way for the same thing.
 */
export type CacheOutcome = 'HIT' | 'MISS' | 'SHARED';

/** What a handler returns under the CachedAnswerInterceptor: the body, and where it came from. */
export interface CachedAnswer<T> {
  /** Null where there is nothing, which becomes a 404. */
  readonly body: T;
  readonly outcome: CacheOutcome;
  /** How long ago the body was made. */
  readonly ageMs: number;
}
