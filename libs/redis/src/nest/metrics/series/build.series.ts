import type { Series } from './series.js';

/** What runs: the version, and how each instance reaches Redis. */
export const BUILD_SERIES: readonly Series[] = [
  {
    name: 'redis_infra_build_info',
    help: 'Always 1. The version of nestjs-redis-infra, and how an instance reaches Redis.',
    type: 'gauge',
    combine: 'max',
    labels: ['version', 'mode'],
    samples: ({ version, mode }) => [[[version, mode], 1]],
  },
];
