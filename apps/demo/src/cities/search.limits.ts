import type { RateLimitPolicy } from 'nestjs-redis-infra';

/** The limits of the search per client address: enough for a person, and not for a loop. */
export const SEARCH_LIMITS: readonly RateLimitPolicy[] = [
  // A burst of 20, which refills by one each second.
  { name: 'search-burst', limit: 20, window: '20s', algorithm: 'gcra' },
  { name: 'search-hour', limit: 1000, window: '1h', algorithm: 'sliding-window' },
];
