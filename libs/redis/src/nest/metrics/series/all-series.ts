import { BUILD_SERIES } from './build.series.js';
import { CACHE_SERIES } from './cache.series.js';
import { CLEANUP_SERIES } from './cleanup.series.js';
import { CLIENT_SERIES } from './client.series.js';
import { FALLBACK_SERIES } from './fallback.series.js';
import { RATE_LIMIT_SERIES } from './rate-limit.series.js';
import type { Series } from './series.js';
import { SHARD_SERIES } from './shard.series.js';

/** All metrics of this package. docs/reference/metrics.md is generated from them. */
export const ALL_SERIES: readonly Series[] = [
  ...CACHE_SERIES,
  ...CLIENT_SERIES,
  ...FALLBACK_SERIES,
  ...SHARD_SERIES,
  ...RATE_LIMIT_SERIES,
  ...CLEANUP_SERIES,
  ...BUILD_SERIES,
];
