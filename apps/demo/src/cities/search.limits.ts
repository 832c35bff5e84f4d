import type { RateLimitPolicy } from 'nestjs-redis-infra';

/** What one address may ask of the search: plenty for a person, while a loop soon sees its end. */
export const SEARCH_LIMITS: readonly RateLimitPolicy[] = [
  // 20 at once, of which one comes back each second.
  { name: 'search-burst', limit: 20, window: '20s', algorithm: 'gcra' },
  { name: 'search-hour', limit: 1000, window: '1h', algorithm: 'sliding-window' },
];
